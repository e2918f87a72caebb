//! Clones with and without `git install`, and repositories of every kind.

use std::fs;

use super::{Laptop, Team, map};
use crate::bench::{Bench, Outcome};

const NOTE: &str = "note: git in this clone does not know how to merge the vault: `etui git install`";

/// The findings of `doctor` about git, each with its fix.
fn doctor(laptop: &Laptop) -> Vec<(String, String)> {
    let report = laptop.etui("doctor -j").document();
    let of_git = report["items"].as_array().unwrap().iter().filter(|item| item["what"] == "git");
    let top = laptop.bench.work().canonicalize().unwrap();
    let text = |item: &serde_json::Value| item.as_str().unwrap_or_default().replace(&format!("{}/", top.display()), "");
    of_git.map(|item| (text(&item["found"]), text(&item["mend"]))).collect()
}

fn check_findings(laptop: &Laptop, findings: &[(&str, &str)]) {
    let expected: Vec<(String, String)> =
        findings.iter().map(|(found, fix)| ((*found).to_owned(), (*fix).to_owned())).collect();
    assert_eq!(doctor(laptop), expected);
}

#[test]
fn a_clone_without_setup_gets_a_note_after_each_change() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    bob.etui("set A -g --value a").ok().says("updated A in team acme");
    bob.git("config --remove-section merge.etui").ok();
    bob.etui("set B -g --value b").ok().says(&format!("{NOTE}\ncreated B in team acme"));
    bob.etui("set B -g --value b").ok().says("unchanged B in team acme");
    bob.etui("diff").ok().says(NOTE);
    // Reads do not check this, and print nothing.
    bob.etui("get B -g").ok().says("");
    bob.etui("resolve -g").ok().says("");
    check_findings(bob, &[("this clone does not know how to merge the vault", "`etui git install`")]);
    fs::copy(alice.file(), bob.bench.work().join("stray.age")).unwrap();
    alice.set("C", "c");
    fs::copy(alice.file(), bob.bench.work().join("stray.age")).unwrap();
    bob.etui("merge stray.age")
        .ok()
        .says(&format!("{NOTE}\nmerged stray.age into team acme; the copy is no longer needed"));
    // A global git configuration is enough.
    bob.git("config --global merge.etui.driver x").ok();
    bob.etui("set D -g --value d").ok().says("created D in team acme");
    bob.git("config --global --remove-section merge.etui").ok();
    // Attributes of other files do not count.
    fs::write(bob.bench.work().join(".gitattributes"), "/other.age -text merge=etui diff=etui\n").unwrap();
    fs::remove_file(bob.bench.work().join(".git/info/attributes")).unwrap();
    bob.etui("set E -g --value e").ok().says("created E in team acme");
    check_findings(
        bob,
        &[("no attributes tell git how to merge the vault", "`etui git install`, then `git add .gitattributes`")],
    );
    bob.etui("git install").ok();
    check_findings(bob, &[("merges the vault secret by secret", "")]);
    bob.etui("set F -g --value f").ok().says("created F in team acme");
    // A worktree shares the clone's configuration.
    bob.git("config --remove-section merge.etui").ok();
    bob.git("commit -q -a -m all").ok();
    bob.git("worktree add -q tree -b tree").ok();
    let set = |value: &str| bob.etui(&format!("--cwd tree --vault acme.age set G -g --value {value}")).ok();
    let note = NOTE.replace("etui git", "etui --vault acme.age git");
    set("g").says(&format!("{note}\ncreated G in team acme"));
    bob.etui("git install").ok();
    set("h").says("updated G in team acme");
}

#[test]
fn doctor_reports_what_git_waits_for() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    check_findings(bob, &[("merges the vault secret by secret", "")]);
    // A tracked lock file, which each change rewrites.
    fs::remove_file(bob.bench.work().join(".git/info/exclude")).unwrap();
    check_findings(bob, &[("the next commit may include acme.age.lock", "`etui git install`")]);
    bob.git("add -A").ok();
    check_findings(bob, &[("git tracks acme.age.lock", "`git rm -f --cached acme.age.lock`, then `etui git install`")]);
    bob.git("rm -q -f --cached acme.age.lock").ok();
    bob.etui("git install").ok();
    // A tracked key, which everyone with the repository then has.
    fs::copy(bob.bench.key(), bob.bench.work().join("ci.key")).unwrap();
    bob.git("add ci.key").ok();
    bob.git("config color.ui always").ok();
    let fix = "`git rm --cached ci.key`; anyone with a copy of the repository has that key: \
               `etui member remove MEMBER`, then `etui audit`";
    check_findings(bob, &[("git tracks ci.key, which holds a key without a passphrase", fix)]);
    bob.git("rm -q -f ci.key").ok();
    // A merge that stopped at the vault, then one that waits for its commit.
    alice.set("A", "from-alice");
    alice.etui("sync").ok();
    bob.set("A", "from-bob");
    bob.commit();
    assert_eq!(bob.git("pull -q --no-rebase --no-edit").code, 1);
    let waits = ("a merge is not finished", "`git commit --no-edit`");
    check_findings(bob, &[("the vault is not merged", "`etui git resolve`"), waits]);
    bob.etui("settle A -g --by bob").ok();
    bob.etui("git resolve").ok();
    check_findings(bob, &[waits]);
    bob.git("commit -q --no-edit").ok();
    check_findings(bob, &[("merges the vault secret by secret", "")]);
    for (laptop, text) in [(alice, "one\n"), (bob, "two\n")] {
        fs::write(laptop.bench.work().join("other.txt"), text).unwrap();
        laptop.git("add other.txt").ok();
        laptop.commit();
    }
    alice.git("push -q").ok();
    assert_eq!(bob.git("pull -q --no-rebase --no-edit").code, 1);
    check_findings(bob, &[waits]);
    bob.etui("sync").fails(
        1,
        "error: git is in the middle of a merge, in which other.txt still conflicts; the vault does not\n \
         hint: resolve what `git status` lists, `git add` it, then `etui sync`",
    );
    bob.git("merge --abort").ok();
    // A vault outside git needs no setup.
    let alone = Team::of(&["alice"]);
    let alice = &alone.laptops[0];
    alice.git("rm -q --cached acme.age").ok();
    check_findings(alice, &[("the vault is not committed yet: `etui sync`", "")]);
    fs::write(alice.bench.work().join(".git/info/exclude"), "acme.age*\n").unwrap();
    check_findings(alice, &[]);
}

#[test]
fn branches_are_distinguished_in_a_reftable_repository() {
    let bench = Bench::new();
    let laptop = Laptop { who: "alice", bench };
    let init = laptop.git("init -q -b main --ref-format=reftable .");
    if init.code != 0 {
        // Git before 2.45 neither creates nor opens reftables.
        assert!(init.err.contains("unknown option `ref-format"), "{}", init.err);
        return;
    }
    laptop.git("config user.name alice").ok();
    laptop.git("config user.email x@example.com").ok();
    laptop.etui("init acme --vault acme.age --as alice").ok();
    laptop.etui("git install").ok();
    laptop.set("A", "start");
    laptop.git("add -A").ok();
    laptop.git("commit -q -m start").ok();
    laptop.git("switch -q -c topic").ok();
    laptop.set("B", "b");
    laptop.commit();
    laptop.git("switch -q main").ok();
    laptop.etui("get A -g").prints("start");
    laptop.set("C", "c");
    laptop.commit();
    laptop.git("merge -q --no-edit topic").ok();
    laptop.etui("get B -g").prints("b");
    laptop.git("checkout -q --detach HEAD^").ok();
    laptop.etui("get C -g").prints("c");
    assert_eq!(laptop.team_values(), map(&[("A", "start"), ("C", "c")]));
}

/// Merges two branches that both changed a vault, in a new repository.
fn merge_in(directory: &str, vault: &str, init: &str) {
    let bench = Bench::new();
    let work = bench.work().join(directory);
    fs::create_dir_all(&work).unwrap();
    let run = |program: &str, line: &[&str]| {
        let mut command = std::process::Command::new(program);
        let command = bench.as_user(&mut command).current_dir(&work).env("GIT_CONFIG_NOSYSTEM", "1");
        Outcome::from(command.args(line).output().unwrap())
    };
    let git = |line: &str| run("git", &line.split(' ').collect::<Vec<_>>());
    let etui = |line: &[&str]| run(env!("CARGO_BIN_EXE_etui"), line);
    git(init).ok();
    git("config user.name alice").ok();
    git("config user.email x@example.com").ok();
    etui(&["init", "acme", "--vault", vault, "--as", "alice"]).ok();
    etui(&["git", "install"]).ok();
    for (branch, name) in [("main", "A"), ("topic", "B"), ("main", "C")] {
        // On the first call it does not exist yet.
        if git(&format!("checkout -q {branch}")).code != 0 {
            git(&format!("checkout -q -b {branch}"));
        }
        etui(&["set", name, "-g", "--value", name]).ok();
        git("add -A").ok();
        git("commit -q -m vault").ok();
    }
    git("merge -q --no-edit topic").ok();
    etui(&["resolve", "-g"]).prints("A=A\nB=B\nC=C\n");
    git("status --porcelain").prints("");
    assert!(!git("ls-files").ok().text().contains("lock"), "the lock is committed");
    etui(&["set", "D", "-g", "--value", "D"]).ok();
    assert!(git("diff").ok().text().contains("+team: D  "));
    assert!(etui(&["diff"]).ok().text().contains("+ team: D  "));
}

#[test]
fn a_vault_may_have_any_name_and_path() {
    merge_in("it's \"here\" ü ♥/sub", "acme.age", "init -q -b main .");
    merge_in("plain", "va'u\"lt [é] #1.age", "init -q -b main .");
    merge_in("plain", "#1.age", "init -q -b main .");
}

#[test]
fn a_repository_may_use_sha256() {
    merge_in("plain", "acme.age", "init -q -b main --object-format=sha256 .");
}

#[test]
fn git_keeps_every_byte_of_a_vault_whatever_its_line_end_settings() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    fs::write(alice.bench.work().join(".gitattributes"), "* text eol=crlf\n").unwrap();
    alice.etui("git install").ok();
    alice.git("commit -q -a -m attributes").ok();
    alice.set("ALICES", "a1");
    alice.etui("sync --all").ok();
    bob.git("config core.autocrlf true").ok();
    bob.git("pull -q").ok();
    fs::remove_file(bob.file()).unwrap();
    bob.git("checkout -q acme.age").ok();
    bob.etui("get ALICES -g").prints("a1");
    bob.set("BOBS", "b1");
    bob.etui("sync").ok().says("synced: team acme");
    alice.etui("sync").ok();
    assert_eq!(alice.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b1")]));
}

#[test]
fn a_new_lock_is_kept_out_of_git_and_a_tracked_one_is_warned_of() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let (exclude, lock) = (bob.bench.work().join(".git/info/exclude"), bob.bench.work().join("acme.age.lock"));
    fs::remove_file(&exclude).unwrap();
    if lock.exists() {
        fs::remove_file(&lock).unwrap();
    }
    // A read makes no lock.
    bob.etui("get A -g").ok();
    assert!(!lock.exists());
    bob.set("B", "b");
    assert!(lock.exists());
    bob.git("status --porcelain").prints(" M acme.age\n");
    bob.git("add -f acme.age.lock").ok();
    let synced = bob.etui("sync");
    assert!(synced.err.contains("warning: git tracks "), "{synced:?}");
    assert!(synced.err.contains("`git rm -f --cached "), "{synced:?}");
    let _ = alice;
}
