//! `sync` when something is in its way: each error says what to type next, and nothing is lost.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Laptop, Team, map};
use crate::bench::Outcome;

/// Writes a git hook.
pub(super) fn hook(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

impl Laptop {
    /// Runs etui, which must not hang.
    fn ends(&self, line: &str) -> Outcome {
        let etui = self.bench.command(line.split(' '));
        let mut limited = Command::new("timeout");
        limited.arg("20").arg(etui.get_program()).args(etui.get_args()).stdin(Stdio::null()).env_clear();
        limited.envs(etui.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(self.bench.work());
        Outcome::from(limited.output().unwrap())
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        fs::write(self.bench.work().join(path), text).unwrap();
    }

    fn push(&self, path: &str, text: &str) {
        self.write(path, text);
        self.git(&format!("add {path}")).ok();
        self.git("commit -q -m other").ok();
        self.git("pull -q --no-rebase --no-edit").ok();
        self.git("push -q").ok();
    }
}

#[test]
fn a_refused_push_repeats_the_message_of_the_remote() {
    let team = Team::two();
    let [_, bob] = &team.laptops[..] else { unreachable!() };
    let pre_receive = team.hub.path().join("hooks/pre-receive");
    hook(&pre_receive, "echo 'main is closed on Fridays'; exit 1");
    bob.set("BOBS", "b1");
    bob.etui("sync").fails(
        1,
        "note: remote: main is closed on Fridays\n\
         error: origin/main refused the push; the change is committed here: [remote rejected] (pre-receive hook declined)\n \
         hint: once it accepts pushes: `etui sync`; or use a branch of your own: `git push origin HEAD:refs/heads/NAME`",
    );
    bob.git("status --porcelain").prints("");
    fs::remove_file(&pre_receive).unwrap();
    bob.etui("sync").ok().says("synced: team acme");
    // The same with a hook of this clone.
    let pre_push = bob.bench.work().join(".git/hooks/pre-push");
    hook(&pre_push, "echo 'the tests fail' >&2; exit 1");
    bob.set("BOBS", "b2");
    bob.etui("sync").fails(
        1,
        "note: the tests fail\n\
         error: the hook `pre-push` of this clone stopped the push to origin/main; the change is committed here\n \
         hint: once the hook passes: `etui sync`",
    );
    fs::remove_file(&pre_push).unwrap();
    bob.etui("sync").ok().says("synced: team acme");
}

#[test]
fn a_lock_left_by_a_killed_git_is_named_on_either_side() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("ALICES", "a1");
    alice.etui("sync").ok();
    let lock = bob.bench.work().join(".git/refs/remotes/origin/main.lock");
    fs::write(&lock, "").unwrap();
    let outcome = bob.etui("sync");
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let reason = format!("Unable to create '{}': File exists.", fs::canonicalize(&lock).unwrap().display());
    assert!(outcome.err.contains(&reason), "{reason}: {outcome:?}");
    assert!(outcome.err.contains("\nerror: cannot fetch from origin/main\n hint: "), "{outcome:?}");
    assert!(outcome.err.contains("/refs/remotes/origin/main.lock, then `etui sync`"), "{outcome:?}");
    fs::remove_file(&lock).unwrap();
    // A lock on the remote side, which looks like a concurrent push.
    let lock = team.hub.path().join("refs/heads/main.lock");
    fs::write(&lock, "").unwrap();
    bob.set("BOBS", "b1");
    let outcome = bob.etui("sync");
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let reason = format!("Unable to create '{}/./refs/heads/main.lock': File exists.", team.hub.path().display());
    assert!(outcome.err.contains(&reason), "{reason}: {outcome:?}");
    assert!(outcome.err.contains("error: origin/main refused the push; the change is committed here"), "{outcome:?}");
    fs::remove_file(&lock).unwrap();
    bob.etui("sync").ok().says("synced: team acme");
    assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b1")]));
}

#[test]
fn a_member_added_after_cloning_needs_only_sync() {
    let team = Team::two();
    let [alice, _] = &team.laptops[..] else { unreachable!() };
    let carol = Laptop::clone_of(team.hub.path(), "carol");
    carol.etui("link --accept").ok();
    let joined = carol.etui("join --as carol").ok();
    assert_eq!(carol.etui("sync").code, 5);
    let line = joined.text().trim_end().strip_prefix("etui ").unwrap().to_owned();
    alice.etui(&format!("-y {line}")).ok();
    alice.etui("sync").ok();
    carol.etui("sync").ok();
    assert_eq!(carol.team_values(), map(&[("A", "start")]));
    carol.set("CAROLS", "c1");
    carol.etui("sync").ok().says("synced: team acme");
}

#[test]
fn a_push_in_between_is_merged_too() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    // While bob pushes, alice pushes twice in between. The output of a hook is not mistaken for git's.
    for (name, value) in [("ONE", "1"), ("TWO", "2")] {
        alice.git(&format!("checkout -q -b {name} main")).ok();
        alice.set(name, value);
        alice.commit();
    }
    alice.git("checkout -q main").ok();
    alice.git("merge -q --no-edit ONE").ok();
    alice.git("push -q origin HEAD:refs/heads/ONE").ok();
    alice.git("merge -q --no-edit TWO").ok();
    alice.git("push -q origin HEAD:refs/heads/TWO").ok();
    let script = format!(
        "echo 'looking at it' >&2; unset GIT_DIR; cd '{}'\n\
         for next in ONE TWO; do\n\
           [ -e \"$next.done\" ] || {{ : > \"$next.done\"; git branch -f main $next; exit 0; }}\n\
         done",
        team.hub.path().display()
    );
    hook(&bob.bench.work().join(".git/hooks/pre-push"), &script);
    bob.set("BOBS", "b1");
    bob.etui("sync").ok().says(
        "synced: team acme\n\
         arrived: ONE (team, created by alice), TWO (team, created by alice)",
    );
    assert_eq!(bob.team_values(), map(&[("A", "start"), ("BOBS", "b1"), ("ONE", "1"), ("TWO", "2")]));
    bob.git("rev-list --count origin/main..HEAD").prints("0\n");
}

#[test]
fn uncommitted_files_are_left_alone_and_named_if_in_the_way() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.push("code.txt", "one\n");
    bob.etui("sync").ok();
    // A staged file that does not conflict.
    alice.set("ALICES", "a1");
    alice.etui("sync").ok();
    bob.set("BOBS", "b1");
    bob.write("mine.txt", "mine");
    bob.git("add mine.txt").ok();
    let hint = "\n hint: commit the other changes, or put them away (`git stash`), then `etui sync`";
    let begins = "error: git could not merge origin/main; the change is committed here: ";
    let changes = "Your local changes to the following files would be overwritten by merge: ";
    bob.etui("sync").fails(1, &format!("{begins}{changes}mine.txt{hint}"));
    bob.git("status --porcelain").prints("A  mine.txt\n");
    bob.git("stash -q").ok();
    bob.etui("sync").ok().says("synced: team acme\narrived: ALICES (team, created by alice)");
    bob.git("stash pop -q").ok();
    bob.git("commit -q -m mine").ok();
    // A file that others changed too.
    alice.push("code.txt", "two\n");
    bob.write("code.txt", "changed here\n");
    bob.set("BOBS", "b2");
    bob.etui("sync --all").fails(1, &format!("{begins}{changes}code.txt{hint}"));
    bob.git("checkout -q code.txt").ok();
    // A file that others track and that is untracked here.
    alice.push("new.txt", "theirs");
    bob.write("new.txt", "mine");
    let untracked = "The following untracked working tree files would be overwritten by merge: ";
    bob.etui("sync --all").fails(1, &format!("{begins}{untracked}new.txt{hint}"));
    fs::remove_file(bob.bench.work().join("new.txt")).unwrap();
    // A lock left by a killed git.
    bob.write(".git/index.lock", "");
    bob.set("BOBS", "b3");
    let stopped = bob.etui("sync --all");
    assert!(stopped.err.contains("/.git/index.lock': File exists."), "{}", stopped.err);
    assert!(
        stopped
            .err
            .ends_with("another git process is running, or was killed; when none is running, remove that file\n")
    );
    fs::remove_file(bob.bench.work().join(".git/index.lock")).unwrap();
    bob.etui("sync --all").ok().says("synced: team acme");
    assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b3")]));
}

#[test]
fn without_a_branch_nothing_is_committed() {
    let team = Team::two();
    let [_, bob] = &team.laptops[..] else { unreachable!() };
    bob.git("checkout -q --detach").ok();
    bob.set("BOBS", "b1");
    let refused = "error: nothing to sync with: git is on no branch here; nothing was committed\n hint: ";
    bob.etui("sync").fails(1, &format!("{refused}`git switch BRANCH`, then `etui sync`"));
    bob.git("switch -q main").ok();
    bob.etui("sync").ok().says("synced: team acme");
    assert_eq!(bob.team_values(), map(&[("A", "start"), ("BOBS", "b1")]));
    bob.git("bisect start").ok();
    bob.git("bisect bad").ok();
    bob.git("bisect good HEAD~2").ok();
    let stopped = bob.etui("sync");
    assert!(stopped.err.ends_with(&format!("{refused}`git bisect reset`, then `etui sync`\n")), "{}", stopped.err);
    bob.git("bisect reset").ok();
    bob.etui("sync").ok().says("in sync: team acme");
}

#[test]
fn a_branch_is_pushed_only_to_its_upstream() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    bob.git("config push.default matching").ok();
    bob.git("switch -q -c mine origin/main").ok();
    bob.git("push -q origin HEAD:refs/heads/other").ok();
    bob.git("branch -q other").ok();
    bob.git("commit -q --allow-empty -m other").ok();
    bob.git("branch -q -f other").ok();
    bob.set("BOBS", "b1");
    bob.etui("sync --all").ok().says("synced: team acme");
    alice.etui("sync").ok();
    assert_eq!(alice.team_values(), map(&[("A", "start"), ("BOBS", "b1")]));
    // That branch is not part of the sync.
    assert_ne!(bob.git("rev-parse origin/other").text(), bob.git("rev-parse other").text());
}

#[test]
fn an_untracked_vault_is_shared_whatever_the_status_settings_of_git() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let settings = [
        "status.showUntrackedFiles no",
        "color.ui always",
        "merge.ff only",
        "push.followTags true",
        // It would push the commits of submodules, and nothing else.
        "push.recurseSubmodules only",
    ];
    for config in settings {
        bob.git(&format!("config {config}")).ok();
    }
    bob.git("rm -q --cached acme.age").ok();
    bob.git("commit -q -m removed").ok();
    bob.git("tag -a -m mine mine").ok();
    alice.push("code.txt", "one\n");
    bob.set("BOBS", "b1");
    bob.etui("sync --all").ok().says("synced: team acme");
    alice.git("pull -q").ok();
    assert_eq!(alice.team_values(), map(&[("A", "start"), ("BOBS", "b1")]));
    alice.git("ls-remote --tags").ok().prints("");
}

#[test]
fn a_pushed_symbolic_link_is_not_followed() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let pipe = team.hub.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in ["a", "z"] {
        symlink(&pipe, alice.bench.work().join(path)).unwrap();
        alice.git(&format!("add {path}")).ok();
    }
    alice.git("commit -q -m links").ok();
    alice.git("push -q").ok();
    bob.git("pull -q").ok();
    bob.ends("git resolve").ok().says("nothing to resolve: git left no vault unmerged here");
    // Attributes behind a symbolic link are not read, because git does not follow it either.
    fs::remove_file(bob.bench.work().join(".gitattributes")).unwrap();
    symlink(&pipe, bob.bench.work().join(".gitattributes")).unwrap();
    bob.ends("set BOBS -g --value b1").ok();
    bob.git("checkout -q .gitattributes").ok();
    bob.commit();
    // If the vault has another name on one side, it is looked for among all tracked files.
    alice.git("mv acme.age moved.age").ok();
    alice.write(".etui.toml", "team = \"acme\"\nvault = \"moved.age\"\n");
    alice.etui("link --accept").ok();
    alice.set("ALICES", "a1");
    alice.commit();
    alice.git("push -q").ok();
    bob.git("fetch -q").ok();
    assert_eq!(bob.git("merge -q --no-edit origin/main").code, 1);
    bob.ends("git resolve").ok().says("merged moved.age\nnote: to continue: `git commit --no-edit`");
}

#[test]
fn an_unrelated_lock_hides_no_other_error() {
    let team = Team::two();
    let [_, bob] = &team.laptops[..] else { unreachable!() };
    bob.write(".git/packed-refs.lock", "");
    bob.git("remote set-url origin /nowhere").ok();
    bob.set("BOBS", "b1");
    let outcome = bob.etui("sync");
    assert!(outcome.err.contains("'/nowhere' does not appear to be a git repository"), "{outcome:?}");
    let reason = "\nerror: cannot fetch from origin/main; the change is committed here\n";
    assert!(
        outcome.code == 1 && outcome.err.contains(reason) && !outcome.err.contains("Unable to create"),
        "{outcome:?}"
    );
    let hint = ".git/packed-refs.lock, then `etui sync`\n";
    assert!(
        outcome.err.contains("\n hint: nothing is lost; if no other git process is running, remove /")
            && outcome.err.ends_with(hint),
        "{outcome:?}"
    );
}

#[test]
fn a_merge_by_hand_that_took_one_side_is_merged_again() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("ALICES", "a1");
    alice.etui("sync").ok();
    // bob's git does not know the driver, and he takes his own side.
    bob.set("BOBS", "b1");
    bob.commit();
    bob.git("config --remove-section merge.etui").ok();
    fs::remove_file(bob.bench.work().join(".git/info/attributes")).unwrap();
    assert_eq!(bob.git("pull -q --no-rebase").code, 1);
    bob.git("checkout -q --ours acme.age").ok();
    bob.git("add acme.age").ok();
    bob.git("commit -q -m mine").ok();
    bob.git("push -q").ok();
    for _ in 0..2 {
        let refused = alice.etui("sync");
        assert_eq!(refused.code, 6);
        assert!(refused.err.contains("written by bob, lacks 1 change that this laptop has seen"), "{}", refused.err);
        let hint = "\n hint: to merge the two: `cp ";
        assert!(
            refused.err.contains(hint) && refused.err.contains("`, then `etui merge other.age`; or "),
            "{}",
            refused.err
        );
    }
    // As the hint says.
    let hint = alice.etui("sync").err.split('`').nth(1).unwrap().to_owned();
    alice.bench.sh(&hint).ok();
    alice.etui("merge other.age").ok();
    alice.etui("sync").ok().says("synced: team acme");
    bob.etui("sync").ok().says("in sync: team acme\narrived: ALICES (team, created by alice)");
    for laptop in [alice, bob] {
        assert_eq!(laptop.team_values(), map(&[("A", "start"), ("ALICES", "a1"), ("BOBS", "b1")]));
    }
}

#[test]
fn histories_that_began_separately_are_joined_as_the_hint_says() {
    let team = Team::two();
    let [_, bob] = &team.laptops[..] else { unreachable!() };
    bob.git("checkout -q --orphan fresh").ok();
    bob.git("commit -q -m fresh").ok();
    bob.git("branch -q -u origin/main").ok();
    bob.etui("sync --all").fails(
        1,
        "error: this branch and origin/main have no commit in common: they began separately\n \
         hint: to join them: `git merge --allow-unrelated-histories origin/main`, then `etui sync`",
    );
    bob.git("merge -q --no-edit --allow-unrelated-histories origin/main").ok();
    bob.etui("sync --all").ok().says("synced: team acme");
}

#[test]
fn a_missing_upstream_is_found_or_named() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    bob.git("branch -q --unset-upstream").ok();
    bob.etui("sync").fails(
        1,
        "error: nothing to sync with: branch main has no upstream\n \
         hint: once: `git branch --set-upstream-to=origin/main main`, then `etui sync`",
    );
    bob.bench.sh("git branch --set-upstream-to=origin/main main").ok();
    bob.etui("sync").ok().says("in sync: team acme");
    bob.git("switch -q -c mine").ok();
    bob.etui("sync")
        .fails(1, "error: nothing to sync with: branch mine has no upstream\n hint: once: `git push -u origin mine`");
    // The upstream of a clone of an empty repository exists once somebody has pushed.
    alice.git("switch -q -c other").ok();
    alice.git("push -q -u origin other").ok();
    bob.git("switch -q -c other").ok();
    bob.git("config branch.other.remote origin").ok();
    bob.git("config branch.other.merge refs/heads/other").ok();
    bob.etui("sync").ok().says("in sync: team acme");
    bob.git("remote remove origin").ok();
    bob.etui("sync").fails(
        1,
        "error: nothing to sync with: branch other has no upstream\n \
         hint: once: `git remote add origin URL`, then `git push -u origin HEAD`",
    );
}

#[test]
fn the_first_sync_fills_an_empty_repository() {
    let team = Team::two();
    let [alice, _] = &team.laptops[..] else { unreachable!() };
    let me = "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b";
    let fresh = |script: &str| alice.bench.sh(&format!("{me}; cd fresh && {script}"));
    alice.bench.sh("git init -q --bare -b main empty.git && git clone -q empty.git fresh").ok();
    fresh("etui init umbrella --as alice --vault umbrella.age").ok();
    fresh("etui sync -t umbrella").ok().says("synced: team umbrella");
    fresh("etui sync -t umbrella").ok().says("in sync: team umbrella");
    fresh("git log --format=%s origin/main").prints("Update vault umbrella\n");
    // A commit of another file is asked about, as ever.
    alice
        .bench
        .sh("git clone -q --bare empty.git other.git && rm -rf empty.git && git init -q --bare -b main empty.git")
        .ok();
    fresh("git fetch -q --prune && git add .etui.toml && git commit -q -m link").ok();
    let refused = fresh("etui sync -t umbrella");
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("1 commit of this branch would be pushed to origin/main, besides the vault: "));
    fresh("etui sync -t umbrella --all").ok().says("synced: team umbrella");
}

#[test]
fn a_merge_that_was_committed_before_git_was_killed_is_only_finished() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("A", "from-alice");
    alice.etui("sync").ok();
    bob.set("B", "from-bob");
    bob.etui("sync").ok();
    // What git removes last.
    let upstream = bob.git("rev-parse HEAD^2").ok().text().to_owned();
    let own = bob.bench.work().join(".git");
    std::fs::write(own.join("MERGE_HEAD"), upstream).unwrap();
    std::fs::write(own.join("MERGE_MSG"), "Merge remote-tracking branch 'origin/main'\n").unwrap();
    bob.etui("sync").ok().says("in sync: team acme");
    assert!(!own.join("MERGE_HEAD").exists());
}

#[test]
fn a_pull_that_rebases_is_finished_first() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    bob.git("config pull.rebase true").ok();
    alice.set("A", "from-alice");
    alice.etui("sync").ok();
    bob.set("A", "from-bob");
    bob.etui("sync")
        .fails(4, "error: 1 disputed name in acme.age: A in team\n hint: `etui settle A -g`, then `etui sync`");
    bob.git("merge --abort").ok();
    bob.etui("trust -y").ok();
    assert_eq!(bob.git("pull -q").code, 1);
    bob.etui("settle A -g --by bob").ok();
    bob.etui("sync").fails(
        1,
        "error: git is in the middle of a rebase\n hint: finish it first: `git rebase --continue`, then `etui sync`",
    );
    bob.git("rebase --continue").ok();
    bob.etui("sync").ok().says("synced: team acme");
}

#[test]
fn an_ignored_vault_is_still_shared() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    bob.git("rm -q --cached acme.age").ok();
    bob.write(".gitignore", "*.age\n");
    bob.git("add -A").ok();
    bob.git("commit -q -m ignored").ok();
    bob.set("BOBS", "b1");
    bob.etui("sync --all").ok().says("synced: team acme");
    alice.git("pull -q").ok();
    assert_eq!(alice.team_values(), map(&[("A", "start"), ("BOBS", "b1")]));
}
