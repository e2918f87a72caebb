//! A vault shared through real git: clones that merge, people without a key or without the merge driver, and
//! killed processes.

mod arriving;
mod ci_recipes;
mod filtered;
mod kept;
mod killed;
mod others;
mod people;
mod recipes;
mod set_up;
mod settling;
mod storm;
mod syncing;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use etui::vault::Vault;

use crate::bench::{Bench, Outcome, bytes, open, split, vault};

/// A person's machine with a clone of the hub.
pub struct Laptop {
    pub who: &'static str,
    pub bench: Bench,
}

/// A hub repository, and the machines that have cloned it.
pub struct Team {
    pub hub: tempfile::TempDir,
    pub laptops: Vec<Laptop>,
}

impl Laptop {
    fn clone_of(hub: &std::path::Path, who: &'static str) -> Laptop {
        let laptop = Laptop { who, bench: Bench::new() };
        let config = format!("-c user.name={who} -c user.email=x@example.com -c merge.conflictStyle=merge");
        // Without git's sample hooks, which take longer to copy than the history.
        laptop.git(&format!("clone -q --template= {config} {} .", hub.display())).ok();
        laptop
    }

    pub fn git(&self, line: &str) -> Outcome {
        self.git_with(line.split(' '))
    }

    pub fn git_with<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        let mut git = Command::new("git");
        let git = self.bench.as_user(&mut git).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_EDITOR", "true");
        Outcome::from(git.args(arguments).output().unwrap())
    }

    pub fn etui(&self, line: &str) -> Outcome {
        self.bench.etui(line.split(' '))
    }

    #[track_caller]
    fn set(&self, name: &str, value: &str) {
        self.etui(&format!("set {name} -g --value {value}")).ok();
    }

    /// Commits the vault, as `sync` does.
    #[track_caller]
    pub fn commit(&self) {
        self.git_with(["commit", "-q", "-a", "-m", "Update vault acme"]).ok();
    }

    pub fn file(&self) -> PathBuf {
        self.bench.work().join("acme.age")
    }

    /// The vault, with what is in the closed sections that this person opens.
    fn vault(&self) -> Vault {
        let keys = etui::keys::Identity::parse_all(&bytes(self.bench.key())).unwrap();
        let read = |sealed: &[u8]| Some(vault(split(&open(sealed, &keys).ok()?).0));
        let mut vault = read(&bytes(self.file())).unwrap();
        let closed = vault.sections.closed().filter_map(|(id, closed)| match &closed.sealed[..] {
            [one] => Some((id.clone(), read(one.as_slice())?)),
            _ => None,
        });
        for (id, inner) in closed.collect::<Vec<_>>() {
            vault.sections.hold(&id, inner);
        }
        vault
    }

    /// Each name of the team section with its value, or that it is disputed.
    fn team_values(&self) -> BTreeMap<String, String> {
        let vault = self.vault();
        let team = vault.sections.get(&etui::vault::SectionId::Team).unwrap();
        let now = team.secrets.iter().map(|(name, one)| (name.to_string(), one.value.as_text().into_owned()));
        now.chain(team.disputes().into_iter().map(|name| (name.to_string(), "?".to_owned()))).collect()
    }

    /// Every current or earlier value in the vault.
    fn values(&self) -> Vec<String> {
        let vault = self.vault();
        let all = vault.sections.iter().flat_map(|(_, section)| section.secrets.values().collect::<Vec<_>>());
        let mut all: Vec<String> = all.map(|(_, value)| value.as_text().into_owned()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Merges the pushed changes without a key, so that git has to leave the conflict.
    fn merge_without_a_key(&self) -> Outcome {
        self.git("fetch -q").ok();
        let away = self.bench.key().with_extension("away");
        fs::rename(self.bench.key(), &away).unwrap();
        let stopped = self.git("merge --no-edit origin/main");
        fs::rename(&away, self.bench.key()).unwrap();
        assert_eq!(stopped.code, 1, "{stopped:?}");
        stopped
    }
}

impl Team {
    /// alice created the vault and pushed it; the others have joined and cloned it.
    pub fn of(people: &[&'static str]) -> Team {
        let hub = tempfile::tempdir().unwrap();
        Outcome::from(
            Command::new("git")
                .args(["init", "-q", "--bare", "--template=", "-b", "main"])
                .arg(hub.path())
                .output()
                .unwrap(),
        )
        .ok();
        let alice = Laptop::clone_of(hub.path(), people[0]);
        alice.git("checkout -q -b main");
        alice.etui("init acme --vault acme.age --as alice").ok();
        alice.etui("git install").ok();
        alice.set("A", "start");
        alice.git("add -A").ok();
        alice.git("commit -q -m start").ok();
        alice.git("push -q -u origin main").ok();
        let mut laptops = vec![alice];
        for who in &people[1..] {
            let laptop = Laptop::clone_of(hub.path(), who);
            laptop.etui("link --accept").ok();
            let joined = laptop.etui(&format!("join --as {who}")).ok();
            let line = joined.text().trim_end().strip_prefix("etui ").unwrap().to_owned();
            laptops[0].etui(&format!("-y {line}")).ok();
            laptops.push(laptop);
        }
        laptops[0].etui("sync").ok();
        for laptop in &laptops[1..] {
            laptop.git("pull -q").ok();
            laptop.etui("git install").ok();
            laptop.etui("list -g").ok();
        }
        Team { hub, laptops }
    }

    fn two() -> Team {
        Team::of(&["alice", "bob"])
    }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn concurrent_writers_lose_nothing_and_settle_what_both_changed() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("ALICES", "a1");
    alice.set("A", "from-alice");
    bob.set("BOBS", "b1");
    bob.set("A", "from-bob");
    alice.etui("sync").ok().says("synced: team acme");
    let stopped = bob.etui("sync");
    stopped.fails(
        4,
        "arrived: ALICES (team, created by alice)\n\
         error: 1 disputed name in acme.age: A in team\n \
         hint: `etui settle A -g`, then `etui sync`",
    );
    assert_eq!(bob.team_values(), map(&[("A", "?"), ("ALICES", "a1"), ("BOBS", "b1")]));
    // Other names work; the error about the disputed one says who wrote it.
    bob.etui("get ALICES -g").prints("a1");
    let refused = bob.etui("get A -g");
    assert!(refused.err.contains("A in team acme is disputed: written by "), "{}", refused.err);
    assert!(!format!("{}{}", refused.text(), refused.err).contains("from-"), "no value is printed");
    assert_eq!(bob.etui("resolve -g").code, 4);
    assert_eq!(bob.etui("run -g -- true").code, 4);
    bob.etui("resolve -g --only BOBS").prints("BOBS=b1\n");
    bob.etui("status -g").prints("team acme · unlocked\n");
    bob.etui("status -g --disputes").prints("team acme · unlocked · disputed: A\n");
    assert_eq!(bob.etui("status -g --disputes -j").ok().document()["disputed"], serde_json::json!(["A"]));
    // Until it is settled, sync reports the same.
    assert_eq!(bob.etui("sync").code, 4);
    bob.etui("settle A -g --by alice").ok();
    bob.etui("sync").ok().says("synced: team acme");
    alice.etui("sync").ok();
    assert_eq!(alice.team_values(), map(&[("A", "from-alice"), ("ALICES", "a1"), ("BOBS", "b1")]));
    assert_eq!(alice.values(), ["a1", "b1", "from-alice", "from-bob", "start"]);
    assert!(team.hub.path().exists());
}

#[test]
fn merge_rebase_and_cherry_pick_have_the_same_result() {
    for how in ["merge -q --no-edit other", "rebase -q other", "cherry-pick other"] {
        let team = Team::of(&["alice"]);
        let alice = &team.laptops[0];
        alice.git("checkout -q -b other").ok();
        alice.set("B", "theirs");
        alice.etui("delete A -g").ok();
        alice.commit();
        alice.git("checkout -q main").ok();
        alice.set("C", "ours");
        alice.commit();
        alice.git(how).ok();
        assert_eq!(alice.team_values(), map(&[("B", "theirs"), ("C", "ours")]), "{how}");
        assert_eq!(alice.values(), ["ours", "start", "theirs"], "{how}");
        alice.etui("get B -g").prints("theirs");
        alice.set("D", "after");
        alice.git("status --porcelain").prints(" M acme.age\n");
    }
}

#[test]
fn criss_cross_histories_merge_too() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let from = |laptop: &Laptop, other: &Laptop, branch: &str| {
        let theirs = other.bench.work().display().to_string();
        laptop.git(&format!("fetch -q {theirs} {branch}:{}", other.who)).ok();
    };
    alice.set("A", "from-alice");
    alice.set("X", "x1");
    alice.commit();
    bob.set("A", "from-bob");
    bob.set("Y", "y1");
    bob.commit();
    from(alice, bob, "main");
    from(bob, alice, "main");
    // Each merges the other's first change, settles for their own value, and continues.
    for (laptop, other) in [(alice, "bob"), (bob, "alice")] {
        assert_eq!(laptop.git(&format!("merge --no-edit {other}")).code, 1);
        laptop.etui(&format!("settle A -g --by {}", laptop.who)).ok();
        laptop.commit();
        laptop.git(&format!("branch -q -D {other}")).ok();
    }
    alice.etui("delete Y -g").ok();
    bob.set("X", "x2");
    alice.commit();
    bob.commit();
    from(alice, bob, "main");
    from(bob, alice, "main");
    for (laptop, other) in [(alice, "bob"), (bob, "alice")] {
        let merged = laptop.git(&format!("merge --no-edit {other}"));
        assert_eq!(merged.code, 1);
        assert_eq!(merged.err.matches("warning: A in team acme is disputed").count(), 1, "{}", merged.err);
        assert_eq!(laptop.team_values(), map(&[("A", "?"), ("X", "x2")]));
        assert_eq!(laptop.values(), ["from-alice", "from-bob", "start", "x1", "x2", "y1"]);
        laptop.etui("settle A -g --by alice").ok();
        laptop.etui("git resolve").ok();
        laptop.git("commit -q --no-edit").ok();
    }
    alice.etui("sync").ok();
    bob.etui("sync").ok();
    assert_eq!(bob.team_values(), map(&[("A", "from-alice"), ("X", "x2")]));
}

#[test]
fn an_octopus_merge_is_refused_and_one_by_one_works() {
    let team = Team::of(&["alice"]);
    let alice = &team.laptops[0];
    for branch in ["one", "two"] {
        alice.git(&format!("checkout -q -b {branch} main")).ok();
        alice.set(&branch.to_uppercase(), branch);
        alice.commit();
    }
    alice.git("checkout -q main").ok();
    alice.set("C", "ours");
    alice.commit();
    assert_ne!(alice.git("merge -q --no-edit one two").code, 0);
    alice.git("reset -q --merge").ok();
    alice.git("merge -q --no-edit one").ok();
    alice.git("merge -q --no-edit two").ok();
    assert_eq!(alice.team_values(), map(&[("A", "start"), ("C", "ours"), ("ONE", "one"), ("TWO", "two")]));
}

#[test]
fn git_resolve_fixes_a_clone_without_the_driver() {
    for with_markers in [false, true] {
        let team = Team::two();
        let [alice, bob] = &team.laptops[..] else { unreachable!() };
        alice.set("ALICES", "a1");
        alice.etui("sync").ok();
        bob.set("BOBS", "b1");
        bob.commit();
        let mine = bytes(bob.file());
        // A colleague who never ran `git install`.
        bob.git("config --remove-section merge.etui").ok();
        fs::write(bob.bench.work().join(".git/info/attributes"), "acme.age -text merge=binary\n").unwrap();
        bob.git("fetch -q").ok();
        assert_eq!(bob.git("merge -q --no-edit origin/main").code, 1);
        assert_eq!(bytes(bob.file()), mine);
        // Conflict markers, as git writes them into a file that looks like text because it has no NUL.
        let marked = || {
            let theirs = bob.git("cat-file blob origin/main:acme.age").ok().out;
            let parts: [&[u8]; 5] = [b"<<<<<<< HEAD\n", &mine, b"\n=======\n", &theirs, b"\n>>>>>>> origin/main\n"];
            fs::write(bob.file(), parts.concat()).unwrap();
        };
        if with_markers {
            marked();
        }
        bob.etui("git resolve").ok().says("merged acme.age\nnote: to continue: `git commit --no-edit`");
        bob.git("commit -q --no-edit").ok();
        assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b1")]));
        // The same after the markers were committed.
        if with_markers {
            bob.git("reset -q --hard HEAD^").ok();
            assert_eq!(bob.git("merge -q --no-edit origin/main").code, 1);
            marked();
            bob.git("add acme.age").ok();
            bob.git("commit -q --no-edit").ok();
            assert_eq!(bob.etui("list -g").code, 6);
            bob.etui("git resolve").ok().says("merged acme.age");
            assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b1")]));
        }
    }
}

#[test]
fn without_a_key_git_keeps_all_versions() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("ALICES", "a1");
    alice.etui("sync").ok();
    bob.set("BOBS", "b1");
    bob.commit();
    let stopped = bob.merge_without_a_key();
    assert!(stopped.err.contains("no key on this laptop"), "{}", stopped.err);
    assert!(stopped.err.contains("etui git resolve"), "{}", stopped.err);
    assert_eq!(bob.git("ls-files -u").text().lines().count(), 3);
    bob.etui("git resolve").ok();
    bob.git("commit -q --no-edit").ok();
    assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b1")]));
    bob.etui("sync").ok();
}

#[test]
fn disputed_values_are_still_secret() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("KEY", "4lices-value");
    alice.etui("sync").ok();
    bob.set("KEY", "b0bs-value");
    assert_eq!(bob.etui("sync").code, 4);
    fs::write(bob.bench.work().join("leak.txt"), "4lices-value\nb0bs-value\n").unwrap();
    let scanned = bob.etui("scan leak.txt");
    assert_eq!((scanned.code, scanned.text().lines().count()), (1, 2), "{scanned:?}");
    let lines = bob.etui("scan --history-values leak.txt");
    assert_eq!((lines.code, lines.text().lines().count()), (1, 2), "{lines:?}");
    let redacted = bob.bench.sh("printf 'of 4lices-value and b0bs-value' | etui redact -g");
    assert_eq!(redacted.text(), "of [KEY] and [KEY]", "{redacted:?}");
    // The pre-commit hook reports the name too.
    fs::write(bob.bench.work().join(".env"), "KEY=other\n").unwrap();
    bob.git("add -f .env").ok();
    let staged = bob.etui("scan --staged");
    assert!(staged.code == 1 && staged.text().contains(".env"), "{staged:?}");
}

#[test]
fn a_change_during_a_waiting_merge_is_part_of_it() {
    for go_on in ["git resolve", "sync"] {
        let team = Team::two();
        let [alice, bob] = &team.laptops[..] else { unreachable!() };
        alice.set("ALICES", "a1");
        alice.etui("sync").ok();
        bob.set("BOBS", "b1");
        bob.commit();
        bob.merge_without_a_key();
        bob.set("SINCE", "s1");
        bob.etui(go_on).ok();
        let all = map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b1"), ("SINCE", "s1")]);
        assert_eq!(bob.team_values(), all, "{go_on}");
        bob.git("commit -q --no-edit");
        bob.set("LATER", "l1");
        bob.etui("sync").ok();
        alice.etui("sync").ok();
        assert_eq!(alice.etui("get SINCE -g").text(), "s1", "{go_on}");
    }
}

#[test]
fn a_vault_of_neither_side_in_the_worktree_is_merged_too() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    // The file of another branch, copied there while git waits.
    bob.git("checkout -q -b other").ok();
    bob.set("OTHERS", "o1");
    bob.commit();
    bob.git("checkout -q main").ok();
    alice.set("ALICES", "a1");
    alice.etui("sync").ok();
    bob.set("BOBS", "b1");
    bob.commit();
    bob.merge_without_a_key();
    let other = bob.git("cat-file blob other:acme.age").ok();
    fs::write(bob.bench.work().join("acme.age"), &other.out).unwrap();
    bob.etui("git resolve").ok();
    assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b1"), ("OTHERS", "o1")]));
}

#[test]
fn no_merge_restores_a_removed_member_or_takes_their_later_changes() {
    let team = Team::of(&["alice", "bob", "carol"]);
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    bob.set("BOBS", "b1");
    bob.commit();
    carol.set("CAROLS", "c1");
    carol.commit();
    alice.etui("-y member remove bob").ok();
    alice.etui("sync").ok();
    // carol did not know of the removal, and her vault still lists him: he is removed, and her change is
    // kept.
    carol.etui("sync").ok();
    assert_eq!(carol.team_values(), map(&[("A", "start"), ("CAROLS", "c1")]));
    let members: Vec<String> = carol.vault().head.members.keys().map(ToString::to_string).collect();
    assert_eq!(members, ["alice", "carol"]);
    // A machine that knows of the removal does not merge his later changes.
    alice.etui("sync").ok();
    bob.git("push -q --force origin main").ok();
    alice.etui("sync").fails(
        6,
        "error: the vault in origin/main was written by bob, who was removed\n \
         hint: it changes team: BOBS; to use that anyway: `git merge origin/main`, then `etui git resolve`",
    );
    let theirs = bob.bench.work().display().to_string();
    alice.git(&format!("fetch -q {theirs} main:bobs")).ok();
    let refused = alice.git("merge --no-edit bobs");
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("was written by bob, who was removed"), "{}", refused.err);
    assert!(refused.err.contains("it changes "), "{}", refused.err);
    assert!(refused.err.contains("; to use that anyway: `etui git resolve`"), "{}", refused.err);
    // After a yes his changes count, but he does not.
    alice.etui("git resolve").fails(
        2,
        "bob, who was removed, wrote one side; it changes team: BOBS\n\
         error: `git resolve` needs confirmation\n hint: run it again with `-y`",
    );
    alice.etui("git resolve -y").ok();
    alice.git("commit -q --no-edit").ok();
    assert_eq!(alice.team_values(), map(&[("A", "start"), ("BOBS", "b1"), ("CAROLS", "c1")]));
    let vault = alice.vault();
    assert_eq!((vault.head.members.len(), vault.head.removed.len()), (2, 1));
    let audit = alice.etui("audit");
    assert!(audit.text().contains("BOBS\t"), "what bob wrote, he could read: {}", audit.text());
}

#[test]
fn sync_brings_the_newer_vault_if_the_writer_of_this_one_was_removed_since() {
    let team = Team::of(&["alice", "bob", "carol"]);
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    bob.set("BOBS", "b1");
    bob.etui("sync").ok();
    alice.etui("sync").ok();
    carol.etui("sync").ok();
    carol.etui("-y member remove bob").ok();
    carol.etui("sync").ok();
    // alice learns of the removal on another branch.
    alice.git("fetch -q").ok();
    alice.git("checkout -q -b other origin/main").ok();
    alice.etui("list -g").ok();
    alice.git("checkout -q main").ok();
    let refused = alice.etui("list -g");
    assert!(refused.code == 6 && refused.err.contains("get the newer vault: `etui sync`"), "{}", refused.err);
    alice.etui("sync").ok();
    assert_eq!(alice.team_values(), map(&[("A", "start"), ("BOBS", "b1")]));
}

#[test]
fn when_two_remove_each_other_a_third_chooses_by_the_branch_that_merges() {
    let team = Team::of(&["alice", "bob", "carol"]);
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    for (laptop, other, name) in [(alice, "bob", "ALICES"), (bob, "alice", "BOBS")] {
        laptop.etui(&format!("-y member remove {other}")).ok();
        laptop.set(name, "1");
        laptop.commit();
        let path = laptop.bench.work().display().to_string();
        carol.git(&format!("fetch -q {path} main:{}", laptop.who)).ok();
    }
    // Which of the two is right, only a person can say. The members of the current side stay.
    carol.git("checkout -q alice").ok();
    assert_eq!(carol.git("merge --no-edit bob").code, 1);
    assert_eq!(carol.etui("git resolve").code, 2);
    carol.etui("git resolve -y").ok();
    carol.git("commit -q --no-edit").ok();
    assert_eq!(carol.team_values(), map(&[("A", "start"), ("ALICES", "1"), ("BOBS", "1")]));
    let head = carol.vault().head;
    let members: Vec<&str> = head.members.keys().map(|name| name.as_str()).collect();
    assert_eq!((members, head.removed.len(), head.root().unwrap().0.as_str()), (vec!["alice", "carol"], 1, "alice"));
}

#[test]
fn a_branch_that_still_lists_a_removed_member_opens_with_a_note() {
    let team = Team::of(&["alice", "bob", "carol"]);
    let [alice, _, carol] = &team.laptops[..] else { unreachable!() };
    // carol has a branch with a change, one without, and another clone.
    for (branch, name) in [("topic", Some("TOPIC")), ("same", None)] {
        carol.git(&format!("checkout -q -b {branch} main")).ok();
        if let Some(name) = name {
            carol.set(name, "t1");
            carol.commit();
        }
        carol.etui("list -g").ok();
    }
    carol.git("checkout -q main").ok();
    carol.git("clone -q . ../clone").ok();
    let hub = team.hub.path().display();
    alice.etui("-y member remove bob").ok();
    alice.set("AFTER", "a1");
    alice.etui("sync").ok();
    carol.etui("sync").ok();
    for branch in ["same", "topic"] {
        carol.git(&format!("checkout -q {branch}")).ok();
        let before = "\nnote: this copy is from before bob was removed; the next change removes them here too\n";
        let opened = carol.etui("get A -g").prints("start");
        assert!(opened.err.starts_with("note: this copy lacks ") && opened.err.ends_with(before), "{}", opened.err);
        carol.git("merge -q --no-edit main").ok();
        carol.etui("get AFTER -g").prints("a1").says("");
    }
    carol.git("checkout -q topic").ok();
    carol.etui("get TOPIC -g").prints("t1");
    // A clone that is from before the removal opens too, and the next sync brings the removal.
    let there = "--cwd ../clone --vault acme.age";
    let there_is = |line: &str| carol.etui(&format!("{there} {line}"));
    carol.git(&format!("-C ../clone remote set-url origin {hub}")).ok();
    let opened = there_is("get A -g").prints("start");
    assert!(opened.err.contains("this copy is from before bob was removed"), "{}", opened.err);
    there_is("sync").ok();
    there_is("get AFTER -g").prints("a1").says("");
}

#[test]
fn a_merge_aborted_after_a_read_names_a_way_out() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("ALICES", "a1");
    alice.etui("sync").ok();
    bob.set("BOBS", "b1");
    bob.commit();
    bob.git("fetch -q").ok();
    bob.git("merge -q --no-commit origin/main").ok();
    bob.etui("get ALICES -g").prints("a1");
    bob.git("merge --abort").ok();
    for line in ["get BOBS -g", "set BOBS -g --value b2"] {
        let outcome = bob.etui(line);
        assert_eq!((outcome.code, outcome.text()), (6, ""), "{line}");
        assert!(
            outcome.err.contains("acme.age is older than what this laptop has seen: it lacks 2 changes"),
            "{}",
            outcome.err
        );
        let hint = " hint: restore the newer file, for example with `git pull` or from a backup; or if it was dropped on purpose, as by `git merge --abort`, or is lost: `etui trust`\n";
        assert!(outcome.err.ends_with(hint), "{}", outcome.err);
    }
    bob.etui("trust -y").ok();
    bob.etui("get BOBS -g").prints("b1").says("");
    bob.set("BOBS", "b2");
    bob.etui("sync").ok();
    assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b2")]));
    alice.etui("sync").ok();
    assert_eq!(alice.team_values(), bob.team_values());
}

#[test]
fn a_lost_removal_is_repeated_by_the_next_change() {
    let team = Team::of(&["alice", "bob", "carol"]);
    let alice = &team.laptops[0];
    alice.etui("-y member remove bob").ok();
    // The removal was not committed, and is undone.
    alice.git("checkout -q -- acme.age").ok();
    let refused = alice.etui("get A -g");
    assert_eq!((refused.code, refused.text()), (6, ""));
    assert!(refused.err.contains(" is older than what this laptop has seen: it lacks 1 change"), "{}", refused.err);
    let before = bytes(alice.file());
    let asks = alice.etui("trust");
    assert!(asks.code == 2 && asks.err.contains("error: `trust` needs confirmation"), "{}", asks.err);
    assert!(bytes(alice.file()) == before);
    let trusted = alice.etui("trust -y").ok();
    assert!(trusted.text().contains("\nremoved elsewhere: bob, by alice at "), "{}", trusted.text());
    // The removal stays, and the next change repeats it.
    let note = "note: this copy is from before bob was removed; the next change removes them here too";
    alice.etui("get A -g").prints("start").says(note);
    let set = alice.etui("set B -g --value 1").ok();
    let removed = "warning: this laptop knows that bob was removed, so bob is removed here too\n";
    assert!(set.err.contains(removed), "{}", set.err);
    let members = |laptop: &Laptop| laptop.vault().head.members.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(members(alice), ["alice", "carol"]);
    alice.etui("sync").ok();
    team.laptops[2].etui("sync").ok();
    assert_eq!(members(&team.laptops[2]), ["alice", "carol"]);
}

#[test]
fn a_missing_write_is_noticed_whatever_is_written_on_top() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let refused = |laptop: &Laptop, line: &str| {
        let outcome = laptop.etui(line);
        assert_eq!((outcome.code, outcome.text()), (6, ""), "{line}: {}", outcome.err);
        assert!(outcome.err.contains(" that this laptop has seen, the last by "), "{line}: {}", outcome.err);
    };
    // A shared write is undone here, and other writes arrive by a merge.
    for name in ["ZERO", "FIRST"] {
        bob.set(name, "1");
        bob.commit();
    }
    let theirs = bob.bench.work().display().to_string();
    alice.git(&format!("pull -q {theirs} main")).ok();
    alice.etui("get FIRST -g").prints("1");
    bob.git("reset -q --hard HEAD~1").ok();
    alice.git("checkout -q -b other HEAD~2").ok();
    alice.set("OTHER", "o1");
    alice.commit();
    alice.git("checkout -q main").ok();
    let hers = alice.bench.work().display().to_string();
    bob.git(&format!("fetch -q {hers} other:other")).ok();
    bob.git("merge -q --no-edit other").ok();
    refused(bob, "get OTHER -g");
    bob.etui("trust -y").ok();
    bob.set("ON_TOP", "2");
    bob.commit();
    fs::copy(bob.file(), alice.file()).unwrap();
    refused(alice, "get OTHER -g");
    refused(alice, "set A -g --value 3");
}

#[test]
fn an_abandoned_merge_is_noticed_where_it_was_seen() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("ALICES", "a1");
    alice.etui("sync").ok();
    bob.set("BOBS", "b1");
    bob.commit();
    bob.git("fetch -q").ok();
    bob.git("merge -q --no-edit origin/main").ok();
    bob.git("push -q").ok();
    alice.etui("sync").ok();
    alice.etui("get BOBS -g").prints("b1");
    bob.git("reset -q --hard HEAD~1").ok();
    bob.set("ON_TOP", "2");
    fs::copy(bob.file(), alice.file()).unwrap();
    let outcome = alice.etui("get ON_TOP -g");
    assert_eq!((outcome.code, outcome.text()), (6, ""), "{}", outcome.err);
    assert!(outcome.err.contains("lacks 2 changes that this laptop has seen"), "{}", outcome.err);
}

#[test]
fn a_removal_seen_elsewhere_stops_neither_rebase_nor_sync() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let ci = etui::keys::Identity::generate().recipient();
    alice.etui(&format!("member add ci {}", ci.as_str())).ok();
    alice.etui("sync").ok();
    bob.git("pull -q").ok();
    bob.set("BOBS", "b1");
    bob.etui("sync").ok();
    // The removal is the second of two commits; the rebase puts the first one onto bob's vault, which still
    // lists ci.
    alice.set("ALICES", "a1");
    alice.commit();
    alice.etui("-y member remove ci").ok();
    alice.commit();
    let rebased = alice.git("pull -q --rebase").ok();
    assert!(
        rebased.err.contains("this laptop knows that ci was removed, so ci is removed here too"),
        "{}",
        rebased.err
    );
    let members = |laptop: &Laptop| laptop.vault().head.members.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(members(alice), ["alice", "bob"]);
    assert_eq!(alice.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b1")]));
    // Another of bob's branches has seen the removal, but his main has not.
    bob.git("switch -q -c other").ok();
    let theirs = alice.bench.work().display().to_string();
    bob.git(&format!("pull -q {theirs} main")).ok();
    bob.etui("list -g").ok();
    bob.git("switch -q main").ok();
    let opened = bob.etui("list -g").ok();
    assert!(opened.err.contains("this copy is from before ci was removed"), "{}", opened.err);
    alice.etui("sync").ok();
    bob.etui("sync").ok();
    assert_eq!(members(bob), ["alice", "bob"]);
}

#[test]
fn committing_an_old_vault_is_no_change() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let old = bytes(alice.file());
    alice.set("A", "newer");
    alice.etui("sync").ok();
    bob.git("pull -q").ok();
    bob.set("BOBS", "b1");
    bob.commit();
    fs::write(alice.file(), &old).unwrap();
    alice.commit();
    let theirs = alice.bench.work().display().to_string();
    bob.git(&format!("fetch -q {theirs} main:alices")).ok();
    let refused = bob.git("merge --no-edit alices");
    assert!(refused.err.contains("an older") && refused.err.contains("lacks 1 change"), "{}", refused.err);
    bob.git("merge --abort").ok();
    assert_eq!(bob.team_values(), map(&[("A", "newer"), ("BOBS", "b1")]));
}

#[test]
fn a_vault_renamed_on_one_side_is_merged_at_its_new_path() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.git("mv acme.age team.age").ok();
    fs::write(alice.bench.work().join(".etui.toml"), "team = \"acme\"\nvault = \"team.age\"\n").unwrap();
    alice.etui("link --accept").ok();
    alice.set("ALICES", "a1");
    alice.git("add -A").ok();
    alice.git("commit -q -m renamed").ok();
    bob.set("BOBS", "b1");
    bob.commit();
    let theirs = alice.bench.work().display().to_string();
    bob.git(&format!("fetch -q {theirs} main:alices")).ok();
    assert_ne!(bob.git("merge --no-edit alices").code, 0);
    bob.etui("git resolve").ok();
    bob.git("commit -q --no-edit").ok();
    assert!(!bob.file().exists());
    let keys = etui::keys::Identity::parse_all(&bytes(bob.bench.key())).unwrap();
    let text = open(&bytes(bob.bench.work().join("team.age")), &keys).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("[secrets.ALICES]") && text.contains("[secrets.BOBS]"));
}

#[test]
fn diff_and_git_show_names_but_never_values() {
    let team = Team::two();
    let [alice, _] = &team.laptops[..] else { unreachable!() };
    alice.set("NEW", "hidden-value");
    alice.set("A", "other-value");
    let shown = alice.etui("diff").ok();
    let lines: Vec<String> = shown.text().lines().map(|line| line.split("  ").next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["- team: A", "+ team: A", "+ team: NEW"]);
    let by_git = alice.git("diff").ok();
    assert!(by_git.text().contains("+team: NEW  "), "{}", by_git.text());
    alice.commit();
    let log = alice.git("log -p -2").ok();
    assert!(log.text().contains("+team: NEW  "), "{}", log.text());
    let all = [shown.text(), by_git.text(), log.text()].concat();
    assert!(!all.contains("value") && !all.contains("hidden"), "{all}");
    alice.etui("diff HEAD~1 HEAD").prints(shown.text());
    alice.etui("diff nonsense").fails(
        3,
        "error: nonsense is neither a file nor a revision of git\n \
         hint: `etui diff HEAD~1`; or `etui diff OLD.age NEW.age`",
    );
}

#[test]
fn a_stray_copy_is_merged_once() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    bob.set("BOBS", "b1");
    fs::copy(bob.file(), alice.bench.work().join("acme (conflict).age")).unwrap();
    alice.set("ALICES", "a1");
    let merge = || alice.bench.etui(["merge", "acme (conflict).age"]).ok();
    merge().says("merged acme (conflict).age into team acme; the copy is no longer needed");
    assert_eq!(alice.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b1")]));
    let before = bytes(alice.file());
    merge().says("unchanged: team acme already has everything in acme (conflict).age");
    assert_eq!(bytes(alice.file()), before);
    // An error in a copy names the copy.
    fs::write(alice.bench.work().join("cut.age"), &before[..before.len() / 2]).unwrap();
    for command in ["merge cut.age", "diff cut.age", "diff cut.age acme.age"] {
        let outcome = alice.etui(command);
        assert!(outcome.code == 6 && outcome.err.contains("/cut.age is damaged"), "{command}: {outcome:?}");
    }
}

#[test]
fn sync_reports_what_is_missing_and_loses_nothing() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("ALICES", "a1");
    fs::write(alice.bench.work().join("mine.txt"), "not to be committed").unwrap();
    alice.git("add mine.txt").ok();
    let hub = team.hub.path().with_extension("away");
    fs::rename(team.hub.path(), &hub).unwrap();
    let offline = alice.etui("sync");
    assert_eq!(offline.code, 1);
    assert!(offline.err.contains("cannot fetch from origin/main; the change is committed here"), "{}", offline.err);
    fs::rename(&hub, team.hub.path()).unwrap();
    alice.git("status --porcelain").prints("A  mine.txt\n");
    alice.git("log -1 --format=%s").prints("Update vault acme\n");
    alice.etui("sync").ok().says("synced: team acme");
    bob.etui("sync").ok();
    assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a1")]));
    // If something else is in conflict, the merge is undone.
    for (laptop, text) in [(alice, "one\n"), (bob, "two\n")] {
        fs::write(laptop.bench.work().join("other.txt"), text).unwrap();
        laptop.git("add other.txt").ok();
        laptop.commit();
    }
    alice.etui("sync --all").ok();
    bob.set("BOBS", "b1");
    bob.etui("sync --all").fails(
        1,
        "error: other.txt conflicts with origin/main; the vault does not, and the merge was undone\n \
         hint: `git merge origin/main`, resolve what `git status` lists, `git add` it, then `etui sync --all`",
    );
    bob.git("status --porcelain").prints("");
    // As the hint says.
    assert_eq!(bob.git("merge --no-edit origin/main").code, 1);
    bob.etui("sync").fails(
        1,
        "error: git is in the middle of a merge, in which other.txt still conflicts; the vault does not\n \
         hint: resolve what `git status` lists, `git add` it, then `etui sync`",
    );
    fs::write(bob.bench.work().join("other.txt"), "both\n").unwrap();
    bob.git("add other.txt").ok();
    bob.etui("sync --all").ok().says("synced: team acme");
    bob.git("rev-list --count origin/main..HEAD").prints("0\n");
    let alone = Team::of(&["alice"]);
    alone.laptops[0].git("branch --unset-upstream").ok();
    alone.laptops[0].set("B", "b");
    let refused = alone.laptops[0].etui("sync");
    assert!(refused.err.contains("has no upstream; the change is committed here"), "{}", refused.err);
}

#[test]
fn a_kill_loses_nothing() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let mut expected = vec!["start".to_owned()];
    for round in 0..12u64 {
        let (a, b) = (format!("a{round:02}"), format!("b{round:02}"));
        alice.set(&format!("A{round}"), &a);
        alice.etui("sync").ok();
        bob.set(&format!("B{round}"), &b);
        expected.extend([a, b]);
        let mut sync = bob.bench.command(["sync"]);
        let mut sync = sync.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(17 * round));
        let _ = sync.kill();
        sync.wait().unwrap();
        // git may still run for a moment, and leaves its own lock if it is killed.
        sleep(Duration::from_millis(300));
        let _ = fs::remove_file(bob.bench.work().join(".git/index.lock"));
        bob.etui("sync").ok();
        alice.etui("sync").ok();
    }
    expected.sort();
    for laptop in [alice, bob] {
        assert_eq!(laptop.values(), expected, "{}", laptop.who);
    }
}

#[test]
fn concurrent_removals_of_the_root_are_merged() {
    let team = Team::of(&["alice", "bob", "carol"]);
    let [_, bob, carol] = &team.laptops[..] else { unreachable!() };
    let path = |laptop: &Laptop| laptop.bench.work().display().to_string();
    for (laptop, name) in [(bob, "BOBS"), (carol, "CAROLS")] {
        laptop.etui("-y member remove alice").ok();
        laptop.set(name, "1");
        laptop.commit();
    }
    // Of the two new roots, the one with the smaller fingerprint stays, whoever merges.
    carol.git(&format!("pull -q --no-rebase {} main", path(bob))).ok();
    bob.git(&format!("pull -q --no-rebase {} main", path(carol))).ok();
    bob.etui("list -g").ok();
    for laptop in [bob, carol] {
        assert_eq!(laptop.team_values(), map(&[("A", "start"), ("BOBS", "1"), ("CAROLS", "1")]));
        laptop.etui("list -g").ok();
        laptop.set("AFTER", "1");
    }
}
