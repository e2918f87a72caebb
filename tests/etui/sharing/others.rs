//! Commits that are not the vault's own: `sync` lists them and asks before it pushes them.

use std::fs;

use super::{Laptop, Team, map};
use crate::terminal::driver::Terminal;

impl Laptop {
    /// Commits a file under this subject, and returns the commit's short hash.
    fn commits(&self, path: &str, subject: &str) -> String {
        fs::write(self.bench.work().join(path), format!("{subject}\n")).unwrap();
        self.git(&format!("add {path}")).ok();
        self.git_with(["commit", "-q", "-m", subject]).ok();
        self.git("rev-parse --short HEAD").ok().text().trim_end().to_owned()
    }

    fn ahead(&self) -> String {
        self.git("rev-list --count origin/main..HEAD").ok().text().trim_end().to_owned()
    }
}

#[test]
fn without_a_terminal_it_refuses_unless_all_is_given() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("ALICES", "a1");
    alice.etui("sync").ok();
    let first = bob.commits("login.js", "Add the login page");
    let second = bob.commits("odd.txt", "odd \u{1b}[31m\u{202e}subject");
    bob.set("BOBS", "b1");
    let refused = format!(
        "error: 2 commits of this branch would be pushed to origin/main, besides the vault: \
         {second} odd \\u{{1b}}[31m\\u{{202e}}subject, {first} Add the login page\n \
         hint: to push them too: `etui sync --all`"
    );
    bob.etui("sync").fails(2, &refused);
    // A confirmation in advance is none for this.
    bob.etui("sync -y").fails(2, &refused);
    // The vault is committed, and nothing was merged or pushed.
    bob.git("status --porcelain").prints("");
    assert_eq!((bob.ahead(), bob.team_values()), ("3".to_owned(), map(&[("A", "start"), ("BOBS", "b1")])));
    bob.etui("sync --all").ok().says("synced: team acme\narrived: ALICES (team, created by alice)");
    assert_eq!(bob.ahead(), "0");
}

#[test]
fn a_terminal_is_asked_and_no_leaves_everything_here() {
    let team = Team::two();
    let [_, bob] = &team.laptops[..] else { unreachable!() };
    let hash = bob.commits("login.js", "Add the login page");
    let question = format!(
        "1 commit of this branch would be pushed to origin/main, besides the vault:\n  \
         {hash} Add the login page\nPush it too? [y/N] "
    );
    let mut terminal = Terminal::etui(&bob.bench, ["sync"]);
    terminal.sees("Push it too? [y/N] ").types("n\r");
    terminal.ends().shows(
        1,
        &format!(
            "{question}n\nerror: nothing was pushed to origin/main, and nothing was merged\n \
             hint: push what belongs there (`git push`), then `etui sync`\n"
        ),
    );
    assert_eq!(bob.ahead(), "1");
    let mut terminal = Terminal::etui(&bob.bench, ["sync", "-y"]);
    assert_eq!(terminal.ends().code, 2, "a confirmation in advance does not answer it");
    let mut terminal = Terminal::etui(&bob.bench, ["sync"]);
    terminal.sees("Push it too? [y/N] ").types("y\r");
    terminal.ends().shows(0, &format!("{question}y\nsynced: team acme\n"));
    assert_eq!(bob.ahead(), "0");
}

#[test]
fn what_is_committed_meanwhile_is_not_pushed_unasked() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    // While a question waits.
    bob.commits("one.js", "The first");
    let mut terminal = Terminal::etui(&bob.bench, ["sync"]);
    terminal.sees("Push it too? [y/N] ");
    let second = bob.commits("two.js", "The second");
    terminal.types("y\r");
    let question = format!("1 commit of this branch would be pushed to origin/main, besides the vault:\r\n  {second}");
    terminal.sees(&question).sees("Push it too? [y/N] ").types("n\r");
    let outcome = terminal.ends();
    assert!(outcome.code == 1 && outcome.screen.contains("error: nothing was pushed to origin/main"), "{outcome:?}");
    assert_eq!(bob.ahead(), "2");
    let mut terminal = Terminal::etui(&bob.bench, ["sync"]);
    terminal.sees("2 commits of").sees("Push them too? [y/N] ").types("y\r");
    assert_eq!((terminal.ends().code, bob.ahead().as_str()), (0, "0"));

    // By a hook, while it merges.
    alice.set("ALICES", "a1");
    alice.etui("sync").ok();
    let hook = bob.bench.work().join(".git/hooks/post-merge");
    super::syncing::hook(&hook, "git commit -q --allow-empty -m meanwhile");
    assert_eq!(bob.etui("sync").code, 2);
    assert_eq!(bob.ahead(), "1");
    fs::remove_file(hook).unwrap();
    // While it pushes: this one stays here.
    let hook = bob.bench.work().join(".git/hooks/pre-push");
    super::syncing::hook(&hook, "git commit -q --allow-empty -m later");
    bob.etui("sync --all").ok();
    assert_eq!(bob.ahead(), "1");
}

#[test]
fn many_commits_are_counted() {
    let team = Team::two();
    let [_, bob] = &team.laptops[..] else { unreachable!() };
    for number in 0..25 {
        bob.git(&format!("commit -q --allow-empty -m number-{number}")).ok();
    }
    let refused = bob.etui("sync");
    assert!(refused.err.contains(" number-20 and 20 more\n"), "{}", refused.err);
    let mut terminal = Terminal::etui(&bob.bench, ["sync"]);
    terminal.sees(" number-5\r\n  and 5 more: `git log origin/main..HEAD`\r\nPush them too? [y/N] ").types("\x03");
    assert_eq!(terminal.ends().code, 130);
}

#[test]
fn its_own_commits_and_merges_are_no_others() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    // Commits that a sync made while it could not push, and the merge of what alice pushed meanwhile.
    let hook = bob.bench.work().join(".git/hooks/pre-push");
    super::syncing::hook(&hook, "exit 1");
    for (a, b) in [("a1", "b1"), ("a2", "b2")] {
        alice.set("ALICES", a);
        alice.commits("code.txt", a);
        alice.etui("sync --all").ok();
        bob.set("BOBS", b);
        assert_eq!(bob.etui("sync").code, 1);
    }
    fs::remove_file(hook).unwrap();
    assert_eq!(bob.ahead(), "4");
    bob.etui("sync").ok().says("synced: team acme");
    // The same message on another file is no commit of its own.
    bob.commits("code.txt", "Update vault acme");
    assert_eq!(bob.etui("sync").code, 2);
}

#[test]
fn a_branch_that_follows_another_one_is_not_pushed_there_unasked() {
    let team = Team::two();
    let [_, bob] = &team.laptops[..] else { unreachable!() };
    bob.git("switch -q -c feature origin/main").ok();
    bob.commits("feature.js", "Half a feature");
    bob.set("BOBS", "b1");
    assert_eq!(bob.etui("sync").code, 2);
    assert_eq!(bob.ahead(), "2");
}

#[test]
fn a_commit_by_hand_that_changes_the_vault_alone_is_the_vaults() {
    let team = Team::two();
    let [_, bob] = &team.laptops[..] else { unreachable!() };
    bob.set("BOBS", "b1");
    bob.git_with(["commit", "-q", "-a", "-m", "My own words"]).ok();
    bob.etui("sync").ok().says("synced: team acme");
    assert_eq!(bob.ahead(), "0");
}
