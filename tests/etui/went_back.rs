//! Git that goes back in time without a merge: the hint names what brings the newer vault back.

use crate::bench::{Bench, Outcome};

/// A repository whose vault was committed with A = 1 and with A = 2.
fn bench() -> Bench {
    let bench = Bench::new();
    let script = "git config --global user.name alice; git config --global user.email x@example.com
        git init -q --template= -b main . && mkdir sub && echo x >other && git add other && git commit -q -m other";
    sh(&bench, script).ok();
    bench.etui(["init", "acme", "--vault", "acme.age", "--as", "alice"]).ok();
    bench.etui(["git", "install"]).ok();
    for value in ["1", "2"] {
        bench.set("A", value, &["-g"]);
        sh(&bench, &format!("git add -A && git commit -q -m {value}")).ok();
    }
    bench
}

fn sh(bench: &Bench, script: &str) -> Outcome {
    bench.sh(&format!("export GIT_CONFIG_NOSYSTEM=1; {script}"))
}

const TRUST: &str = "if it was dropped on purpose, as by `git merge --abort`, or is lost: `etui trust`";

#[test]
fn the_command_that_brings_it_back_is_named_and_does() {
    let set = "etui set A -g --value 3 2>/dev/null";
    let table = [
        // What was not committed is in a stash.
        (format!("{set}; git stash -q"), "git stash pop"),
        (format!("{set}; git add -A; git stash -q"), "git stash pop"),
        (format!("{set}; git stash push -q -m 'my work' -- acme.age"), "git stash pop"),
        (format!("{set}; git stash -q; echo y >other; git stash -q"), "git stash pop stash@{1}"),
        // Something else was pulled meanwhile.
        (format!("{set}; git stash -q; echo y >other; git commit -q -a -m y"), "git stash pop"),
        // The work tree differs from HEAD, so git would refuse to take the stash out.
        (
            format!("{set}; git stash -q; git checkout -q HEAD~1 -- acme.age"),
            "git checkout stash@{0} -- acme.age",
        ),
        (
            format!("git rm -q --cached acme.age; git commit -q -m x; {set}; cp acme.age old; etui set A -g --value 4 2>/dev/null
                git stash -q -u -- acme.age; mv old acme.age 2>/dev/null || git show HEAD~1:acme.age >acme.age"),
            "git checkout stash@{0}^3 -- acme.age",
        ),
        // What was staged is in the index.
        (format!("{set}; git add acme.age; git show HEAD:acme.age >acme.age"), "git checkout -- acme.age"),
        // What was committed.
        ("git checkout -q HEAD~1 -- acme.age".to_owned(), "git checkout HEAD -- acme.age"),
        ("git restore -s HEAD~1 acme.age".to_owned(), "git checkout -- acme.age"),
        ("git reset -q --hard HEAD~1".to_owned(), "git checkout ORIG_HEAD -- acme.age"),
        ("git revert --no-edit HEAD >/dev/null".to_owned(), "git checkout HEAD@{1} -- acme.age"),
        (
            "git checkout -q -b x HEAD~1; git branch -q -D main; git branch -q -m main".to_owned(),
            "git checkout HEAD@{3} -- acme.age",
        ),
    ];
    for (goes_back, brings_back) in table {
        for directory in [".", "sub"] {
            let bench = bench();
            sh(&bench, &goes_back);
            let newest = if goes_back.contains("value 4") {
                "4"
            } else if goes_back.contains(set) {
                "3"
            } else {
                "2"
            };
            let outcome = sh(&bench, &format!("cd {directory}; etui get A -g"));
            let in_sub = format!("git -C {} {}", bench.work().canonicalize().unwrap().display(), &brings_back[4..]);
            let brings_back = if directory == "." { brings_back.to_owned() } else { in_sub };
            let hint = format!("\n hint: restore the newer file: `{brings_back}`; or {TRUST}\n");
            assert!(outcome.code == 6 && outcome.err.ends_with(&hint), "{goes_back}: {outcome:?}");
            sh(&bench, &format!("cd {directory}; {brings_back}")).ok();
            sh(&bench, "etui get A -g").prints(newest);
            sh(&bench, "etui set B -g --value b && git add -A && git commit -q -m b && etui get B -g").prints("b");
        }
    }
}

#[test]
fn what_nobody_has_is_given_up_once() {
    for goes_back in ["git checkout -q -- .", "git restore .", "git reset -q --hard", "git stash -q; git stash drop -q"]
    {
        let bench = bench();
        sh(&bench, &format!("etui set A -g --value 3 2>/dev/null; {goes_back}")).ok();
        for command in ["get A -g", "set A -g --value x", "sync", "list -g"] {
            let outcome = sh(&bench, &format!("etui {command}"));
            let hint =
                format!("\n hint: restore the newer file, for example with `git pull` or from a backup; or {TRUST}\n");
            assert!(outcome.code == 6 && outcome.err.ends_with(&hint), "{goes_back}: {command}: {outcome:?}");
        }
        sh(&bench, "etui trust").exits(2, sh(&bench, "etui -y trust --help >/dev/null; etui trust 2>/dev/null").text());
        sh(&bench, "etui -y trust").ok();
        sh(&bench, "etui get A -g").prints("2");
        // Once: what follows is new, and the next step back is refused again.
        sh(&bench, "etui set A -g --value 4 && etui get A -g").prints("4");
        sh(&bench, "git commit -q -a -m 4 && git checkout -q HEAD~1 -- acme.age").ok();
        assert_eq!(sh(&bench, "etui get A -g").code, 6);
    }
}

#[test]
fn a_pulled_vault_and_a_stashed_one_are_merged() {
    let bench = bench();
    sh(&bench, "git clone -q . ../clone && cd ../clone && etui link --accept && etui git install && etui set B -g --value b && git commit -q -a -m b").ok();
    sh(&bench, "etui set A -g --value 3 && git stash -q && git pull -q ../clone main").ok();
    let outcome = sh(&bench, "etui get A -g");
    assert!(outcome.code == 6 && outcome.err.contains("lacks 1 change that"), "{outcome:?}");
    assert!(outcome.err.contains("restore the newer file: `git stash pop`;"), "{outcome:?}");
    sh(&bench, "git stash pop").ok();
    sh(&bench, "etui get A -g").prints("3");
    sh(&bench, "etui get B -g").prints("b");
}
