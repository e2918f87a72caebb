//! What people do every day beside each attack. It works, with at most one line on standard error.

use std::fs;
use std::os::unix::fs::symlink;

use etui::keys::{Card, Identity};

use super::{Team, git, try_git, written_by};
use crate::bench::{Bench, Outcome, bytes};

/// A repository with a vault of two versions: `1`, and `2` on top.
fn repository() -> Bench {
    let bench = Bench::new();
    git(&bench, "init -q --template= -b main");
    bench.etui(["init", "acme", "--as", "alice", "--vault", "acme.age"]).ok();
    bench.etui(["git", "install"]).ok();
    for value in ["1", "2"] {
        set(&bench, value);
        commit(&bench, value);
    }
    get(&bench, "2");
    bench
}

fn commit(bench: &Bench, message: &str) {
    git(bench, "add -A");
    git(bench, &format!("commit -q -m {message}"));
}

/// It worked, and said at most one line.
#[track_caller]
fn quiet(outcome: Outcome) -> Outcome {
    assert!(outcome.code == 0 && outcome.err.lines().count() <= 1, "{outcome:?}");
    outcome
}

/// Reads A twice. The second time there is nothing to say.
#[track_caller]
fn get(bench: &Bench, value: &str) {
    get_at(bench, value, &[]);
}

#[track_caller]
fn get_at(bench: &Bench, value: &str, options: &[&str]) {
    let read = || quiet(bench.etui(["get", "A", "-g"].iter().chain(options))).prints(value);
    read();
    read();
}

#[track_caller]
fn set(bench: &Bench, value: &str) {
    let outcome = bench.etui(["set", "A", "-g", "--value", value]).ok();
    assert!(outcome.err.lines().count() <= 2, "{outcome:?}");
}

#[test]
fn folders_and_files_are_moved() {
    let bench = Bench::new();
    fs::create_dir(bench.work().join("team")).unwrap();
    bench.etui(["init", "acme", "--as", "alice", "--vault", "team/acme.age"]).ok();
    bench.etui(["set", "A", "-g", "--value", "1", "--vault", "team/acme.age"]).ok();
    fs::rename(bench.work().join("team"), bench.work().join("shared")).unwrap();
    get_at(&bench, "1", &["--vault", "shared/acme.age", "--no-link"]);
    fs::copy(bench.work().join("shared/acme.age"), bench.work().join("copy.age")).unwrap();
    get_at(&bench, "1", &["--vault", "copy.age", "--no-link"]);
    quiet(bench.etui(["set", "A", "-g", "--value", "2", "--vault", "shared/acme.age", "--no-link"]));
    get_at(&bench, "2", &["--vault", "shared/acme.age", "--no-link"]);
    get_at(&bench, "1", &["--vault", "copy.age", "--no-link"]);
    // A link of one's own, outside of any repository.
    symlink("shared/acme.age", bench.work().join("mine.age")).unwrap();
    get_at(&bench, "2", &["--vault", "mine.age", "--no-link"]);
    quiet(bench.etui(["set", "A", "-g", "--value", "3", "--vault", "mine.age", "--no-link"]));
    get_at(&bench, "3", &["--vault", "shared/acme.age", "--no-link"]);
    // A repository is made around it later.
    git(&bench, "init -q --template= -b main");
    get_at(&bench, "3", &["--vault", "shared/acme.age", "--no-link"]);
    quiet(bench.etui(["set", "A", "-g", "--value", "4", "--vault", "shared/acme.age", "--no-link"]));
    get_at(&bench, "4", &["--vault", "shared/acme.age", "--no-link"]);
}

#[test]
fn a_vault_is_moved_and_linked_in_a_repository() {
    let bench = repository();
    fs::create_dir(bench.work().join("secrets")).unwrap();
    git(&bench, "mv acme.age secrets/acme.age");
    let at = ["--vault", "secrets/acme.age", "--no-link"];
    get_at(&bench, "2", &at);
    bench.etui(["set", "A", "-g", "--value", "3"].iter().chain(&at)).ok();
    get_at(&bench, "3", &at);
    // A link that git does not track.
    symlink("secrets/acme.age", bench.work().join("mine.age")).unwrap();
    get_at(&bench, "3", &["--vault", "mine.age", "--no-link"]);
    // The whole work tree is renamed.
    commit(&bench, "moved");
    let moved = bench.work().with_file_name("renamed");
    fs::rename(bench.work(), &moved).unwrap();
    fs::create_dir(bench.work()).unwrap();
    get_at(&bench, "3", &["--cwd", moved.to_str().unwrap(), "--vault", "secrets/acme.age", "--no-link"]);
}

#[test]
fn clones_and_work_trees() {
    let bench = repository();
    for clone in ["../one", "../two"] {
        git(&bench, &format!("clone -q --template= . {clone}"));
        bench.etui(["git", "install", "--cwd", clone, "--vault", "acme.age"]).ok();
        get_at(&bench, "2", &["--cwd", clone, "--vault", "acme.age"]);
    }
    quiet(bench.etui(["set", "A", "-g", "--value", "3", "--cwd", "../one", "--vault", "acme.age"]));
    get(&bench, "2");
    get_at(&bench, "2", &["--cwd", "../two", "--vault", "acme.age"]);
    git(&bench, "worktree add -q -b tree ../tree HEAD~1");
    get_at(&bench, "1", &["--cwd", "../tree", "--vault", "acme.age"]);
    quiet(bench.etui(["set", "A", "-g", "--value", "4", "--cwd", "../tree", "--vault", "acme.age"]));
    get(&bench, "2");
}

#[test]
fn branches_and_stashes() {
    let bench = repository();
    git(&bench, "checkout -q -b old HEAD~1");
    get(&bench, "1");
    git(&bench, "checkout -q main");
    get(&bench, "2");
    git(&bench, "checkout -q old");
    get(&bench, "1");
    git(&bench, "checkout -q main");
    set(&bench, "3");
    git(&bench, "stash -q");
    assert_eq!(bench.etui(["get", "A", "-g"]).code, 6);
    git(&bench, "stash pop -q");
    get(&bench, "3");
}

#[test]
fn rebases() {
    let bench = repository();
    git(&bench, "checkout -q -b topic HEAD~1");
    set(&bench, "topic");
    bench.etui(["delete", "A", "-g"]).ok();
    bench.etui(["set", "B", "-g", "--value", "b"]).ok();
    commit(&bench, "topic");
    // It stops before the first commit.
    git(&bench, "checkout -q main");
    set(&bench, "3");
    commit(&bench, "3");
    git(&bench, "checkout -q topic");
    assert_ne!(try_git(&bench, "rebase -q --exec false main").code, 0);
    quiet(bench.etui(["list", "-g"]));
    git(&bench, "rebase --abort");
    quiet(bench.etui(["get", "B", "-g"])).prints("b");

    git(&bench, "checkout -q -b release HEAD~1");
    get(&bench, "1");
    git(&bench, "checkout -q topic");
    git(&bench, "checkout -q -b next");
    bench.etui(["set", "C", "-g", "--value", "c"]).ok();
    commit(&bench, "next");
    // Onto main, nothing is dropped.
    git(&bench, "checkout -q -b onto");
    git(&bench, "rebase -q --onto main topic~1");
    quiet(bench.etui(["get", "B", "-g"])).prints("b");
    quiet(bench.etui(["get", "C", "-g"])).prints("c");
    // Onto a release, the branch loses changes that this laptop has seen on it. Only a person can say so.
    git(&bench, "rebase -q --onto release topic next");
    assert_eq!(bench.etui(["get", "C", "-g"]).code, 6);
    bench.etui(["trust", "-y"]).ok();
    get(&bench, "1");
    quiet(bench.etui(["get", "C", "-g"])).prints("c");
    assert_eq!(bench.etui(["get", "B", "-g"]).code, 3);
}

#[test]
fn a_change_is_cherry_picked_to_a_release_branch() {
    let bench = repository();
    git(&bench, "branch release HEAD~1");
    bench.etui(["set", "B", "-g", "--value", "b"]).ok();
    commit(&bench, "b");
    git(&bench, "checkout -q release");
    get(&bench, "1");
    git(&bench, "cherry-pick main");
    get(&bench, "1");
    quiet(bench.etui(["get", "B", "-g"])).prints("b");
    set(&bench, "release");
    commit(&bench, "release");
    git(&bench, "checkout -q main");
    get(&bench, "2");
}

#[test]
fn bisects_and_commits_of_no_branch() {
    let bench = repository();
    set(&bench, "3");
    commit(&bench, "3");
    git(&bench, "bisect start HEAD HEAD~2");
    quiet(bench.etui(["get", "A", "-g"])).prints("2");
    git(&bench, "bisect reset");
    get(&bench, "3");
    git(&bench, "checkout -q --detach HEAD~2");
    quiet(bench.etui(["get", "A", "-g"])).prints("1");
    git(&bench, "checkout -q HEAD@{1}");
    quiet(bench.etui(["get", "A", "-g"])).prints("3");
    git(&bench, "checkout -q main");
    get(&bench, "3");

    // A machine checks out a commit, with a token and without state.
    let token = bench.etui(["trust", "--export"]).ok().text().trim().to_owned();
    let machine = Bench::new();
    git(&machine, &format!("clone -q --template= {} .", bench.work().display()));
    let key = fs::read_to_string(bench.key()).unwrap();
    for (commit, value) in [("HEAD~2", "1"), ("HEAD@{1}", "3"), ("main", "3")] {
        git(&machine, &format!("checkout -q --detach {commit}"));
        let variables = [("ETUI_KEY", &*key), ("ETUI_TRUST", &token)];
        quiet(machine.with(&variables, ["get", "A", "-g", "--vault", "acme.age"])).prints(value);
    }
}

#[test]
fn a_submodule_is_updated() {
    let bench = repository();
    let code = Bench::new();
    fs::create_dir(code.home()).unwrap();
    fs::copy(bench.key(), code.key()).unwrap();
    git(&code, "init -q --template= -b main");
    let from = bench.work().display().to_string();
    git(&code, &format!("-c protocol.file.allow=always submodule --quiet add {from} infra"));
    let at = ["--vault", "infra/acme.age", "--no-link"];
    git(&code, "-C infra checkout -q --detach HEAD~1");
    get_detached(&code, "1", &at);
    git(&code, "-C infra checkout -q --detach main");
    get_at(&code, "2", &at);
    set(&bench, "3");
    commit(&bench, "3");
    git(&code, "-C infra fetch -q");
    git(&code, "-C infra checkout -q --detach origin/main");
    get_at(&code, "3", &at);
}

#[track_caller]
fn get_detached(bench: &Bench, value: &str, options: &[&str]) {
    quiet(bench.etui(["get", "A", "-g"].iter().chain(options))).prints(value);
}

/// A second laptop, with the key of somebody who is a member already.
fn laptop(key: &std::path::Path) -> Bench {
    let bench = Bench::new();
    fs::create_dir(bench.home()).unwrap();
    fs::copy(key, bench.key()).unwrap();
    bench
}

#[test]
fn members_come_change_and_leave() {
    let alice = Bench::acme();
    set(&alice, "1");
    let at = alice.vault().display().to_string();
    let on = |bench: &Bench, line: &str| bench.etui(line.split(' ').chain(["--vault", &at]));
    let people = ["bob", "carol"].map(|name| {
        let bench = Bench::new();
        let joined = bench.etui(["join", "--as", name]).ok();
        alice.etui(joined.text().trim_end().strip_prefix("etui ").unwrap().split(' ')).ok();
        quiet(on(&bench, "get A -g")).prints("1");
        bench
    });
    let [bob, carol] = &people;

    // A new laptop of a member, with nothing but the key.
    quiet(on(&laptop(&bob.key()), "get A -g")).prints("1");
    // Somebody is renamed.
    on(&alice, "member rename carol caro").ok();
    for bench in [bob, carol] {
        quiet(on(bench, "get A -g")).prints("1");
        quiet(on(bench, "get A -g")).prints("1").says("");
    }
    // The founder replaces her own key.
    alice.etui(["key", "new", "--output", "new.key"]).ok();
    let new = Identity::parse_all(&bytes(alice.work().join("new.key"))).unwrap().remove(0);
    let (old, key) = (alice.key().display().to_string(), alice.work().join("new.key").display().to_string());
    alice.etui(["member", "update", "alice", &Card::of(&new).to_string(), "-i", &old, "-i", &key]).ok();
    for bench in [bob, carol] {
        quiet(on(bench, "get A -g")).prints("1");
        quiet(on(bench, "get A -g")).prints("1").says("");
    }
    // Somebody gets another key.
    carol.etui(["key", "new", "--output", "new.key"]).ok();
    let new = Identity::parse_all(&bytes(carol.work().join("new.key"))).unwrap().remove(0);
    on(bob, &format!("member update caro {}", Card::of(&new))).ok();
    fs::copy(carol.work().join("new.key"), carol.key()).unwrap();
    quiet(on(carol, "get A -g")).prints("1");
    // The founder leaves. A laptop that knew the founder alone still opens it, and so does a new one.
    let known = laptop(&bob.key());
    fs::create_dir_all(known.home()).unwrap();
    quiet(on(&known, "get A -g")).prints("1");
    on(bob, "member remove alice -y").ok();
    on(bob, "set A -g --value 2").ok();
    for bench in [carol, &known, &laptop(&carol.key())] {
        quiet(on(bench, "get A -g")).prints("2");
        quiet(on(bench, "get A -g")).prints("2").says("");
    }
    assert_eq!(alice.etui(["get", "A", "-g"]).code, 5);
    on(carol, "set A -g --value 3").ok();
    quiet(on(bob, "get A -g")).prints("3");
}

#[test]
fn sync_fetches_what_follows_the_last_write_of_a_removed_member() {
    let team = Team::in_git();
    team.put(&written_by(team.with_dan.clone(), "dan", &team.dan));
    team.git("commit -q -a -m dan");
    fs::write(&team.file, &team.good.vault).unwrap();
    team.git("commit -q -a -m removed");
    team.git("push -q");
    team.git("reset -q --hard HEAD~1");
    team.refuses("his last write", (6, "dan, who was removed, wrote it"), "get A -g");
    quiet(team.bench.etui(["sync"]));
    get(&team.bench, "the-second");
}
