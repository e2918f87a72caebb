//! What is read without git, compared with what the installed git says and does.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::command::git_outside_hook;
use super::{CommitRisk, GitError, Head, Objects, Refusal, Repository, WorkTree, commit_risk, tracked_symlink};

/// A repository with the branches `main` and `topic`, which conflict.
const REPOSITORY: &str = "
    git init -q -b main repo && cd repo
    mkdir sub secrets other
    echo 1 > file; git add file; git commit -q -m 1
    git checkout -q -b topic; echo topic > file; git commit -q -a -m topic
    git checkout -q main
    echo 2 > file; git commit -q -a -m 2
    echo 3 > file; git commit -q -a -m 3";

/// Set in a process that a test of this file started.
const IN_CHILD: &str = "ETUI_TEST_IN_CHILD";

/// A directory with a repository, of which each row of a table gets a copy.
struct Sandbox {
    root: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Sandbox {
        let sandbox = Sandbox { root: tempfile::tempdir().unwrap() };
        fs::create_dir(sandbox.path("original")).unwrap();
        sandbox.sh("original", REPOSITORY);
        sandbox
    }

    fn path(&self, path: &str) -> PathBuf {
        fs::canonicalize(self.root.path()).unwrap().join(path)
    }

    /// Makes a copy in a directory of this name and runs a script in it.
    fn copy(&self, name: &str, script: &str) -> PathBuf {
        self.sh(".", &format!("cp -R original '{name}'"));
        self.sh(&format!("{name}/repo"), script);
        self.path(name).join("repo")
    }

    fn sh(&self, directory: &str, script: &str) {
        let mut sh = Command::new("sh");
        sh.args(["-e", "-c", script]).current_dir(self.path(directory));
        let output = self.alone(&mut sh).output().unwrap();
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// What git prints in a directory. None if it fails.
    fn git(&self, directory: &Path, line: &str) -> Option<String> {
        let output = self.alone(&mut git_outside_hook(directory, line.split(' '))).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        output.status.success().then(|| text.trim_end().to_owned())
    }

    /// Neither the variables of a hook nor the user's configuration matter.
    fn alone<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        for (variable, _) in env::vars_os() {
            if variable.to_string_lossy().starts_with("GIT_") {
                command.env_remove(variable);
            }
        }
        command.env("HOME", self.root.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "alice").env(format!("GIT_{who}_EMAIL"), "alice@example.com");
        }
        command
    }
}

/// What a row of a table expects of HEAD.
#[derive(Debug, Clone, Copy)]
enum Expected {
    On(&'static str),
    Detached,
    During(Option<&'static str>),
}
use Expected::{Detached, During, On};

impl Expected {
    fn head(self, commit: impl FnOnce() -> String) -> Head {
        match self {
            On(branch) => Head::Branch(branch.to_owned()),
            Detached => Head::Detached { commit: commit() },
            During(branch) => Head::During { branch: branch.map(str::to_owned), commit: commit() },
        }
    }
}

/// Runs a test of this file once more, in a process with these variables and `IN_CHILD`.
fn in_child(test: &str, variables: &[(&str, &str)]) {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", &format!("git::tests::{test}")]).env(IN_CHILD, "1");
    let output = child.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{variables:?}: {output:?}");
}

#[test]
fn head_is_read_in_every_state_of_a_repository() {
    let sandbox = Sandbox::new();
    let table = [
        ("", ".", On("main")),
        ("git checkout -q -b feature/x", ".", On("feature/x")),
        ("git checkout -q --orphan new", ".", On("new")),
        ("git symbolic-ref HEAD refs/other/x", ".", On("refs/other/x")),
        ("git checkout -q --detach HEAD~1", ".", Detached),
        ("git tag v1 topic; git checkout -q v1", ".", Detached),
        // A rebase.
        ("git checkout -q topic; ! git rebase -q main", ".", During(Some("topic"))),
        ("git checkout -q topic; ! git rebase -q --apply main", ".", During(Some("topic"))),
        ("git checkout -q --detach topic; ! git rebase -q main", ".", During(None)),
        ("git checkout -q topic; ! git rebase -q main; git checkout -q -f -b other", ".", On("other")),
        ("git checkout -q topic; ! git rebase -q main; git rebase --abort", ".", On("topic")),
        // git am, which stays on the branch.
        ("git format-patch -q -1 topic; ! git am -q 0001*", ".", On("main")),
        ("git checkout -q --detach; git format-patch -q -1 topic; ! git am -q 0001*", ".", During(None)),
        // A bisect, alone and with a rebase in it.
        ("git bisect start", ".", On("main")),
        ("git bisect start HEAD HEAD~2", ".", During(Some("main"))),
        ("git bisect start --no-checkout HEAD HEAD~2", ".", On("main")),
        ("git checkout -q --detach; git bisect start HEAD HEAD~2", ".", During(None)),
        ("git bisect start HEAD HEAD~2; ! git rebase -q topic", ".", During(Some("main"))),
        // What stays on the branch, or on none.
        ("! git cherry-pick topic", ".", On("main")),
        ("! git merge -q topic", ".", On("main")),
        ("! git revert HEAD~1", ".", On("main")),
        ("git checkout -q --detach; ! git cherry-pick topic", ".", Detached),
        ("git checkout -q --detach; ! git merge -q topic", ".", Detached),
        // Work trees and submodules.
        ("git worktree add -q ../tree topic", "../tree", On("topic")),
        ("git worktree add -q ../tree topic", ".", On("main")),
        ("git worktree add -q --detach ../tree topic", "../tree", Detached),
        ("git worktree add -q ../tree topic; cd ../tree; ! git rebase -q main", "../tree", During(Some("topic"))),
        ("git worktree add -q ../tree topic; cd ../tree; ! git rebase -q main", ".", On("main")),
        (
            "git -c protocol.file.allow=always submodule --quiet add \"$PWD\" module; git commit -q -m module
             git submodule --quiet deinit -f module; git submodule --quiet update --init",
            "module",
            Detached,
        ),
        // Where .git and HEAD are not the usual directory and file.
        ("mv .git ../own; ln -s ../own .git", ".", On("main")),
        ("git init -q --separate-git-dir ../own", ".", On("main")),
        ("mv .git ../own; printf 'gitdir: ../own\\r\\n' > .git", ".", On("main")),
        ("mv .git ../own; echo 'gitdir: ../own' > ../file; ln -s ../file .git", ".", On("main")),
        ("ln -s -f refs/heads/topic .git/HEAD", ".", On("topic")),
        ("printf 'ref:  refs/heads/topic ' > .git/HEAD", ".", On("topic")),
        // State that cannot be read is no state.
        ("git checkout -q --detach; mkfifo .git/BISECT_START", ".", Detached),
        (
            "git checkout -q --detach; mkdir .git/rebase-merge; ln -s /dev/zero .git/rebase-merge/head-name",
            ".",
            Detached,
        ),
    ];
    for (at, (script, directory, expected)) in table.into_iter().enumerate() {
        let repo = sandbox.copy(&format!("row{at}"), script);
        let top = fs::canonicalize(repo.join(directory)).unwrap();
        let head = expected.head(|| sandbox.git(&top, "rev-parse HEAD").unwrap());
        let found = WorkTree::of(&top.join("missing/acme.age"));
        assert_eq!(found, Some(WorkTree { top, head }), "row {at}: {script}");
    }
}

#[test]
fn a_work_tree_is_found_by_the_real_path() {
    let sandbox = Sandbox::new();
    let repo = sandbox.copy("copy", "echo x > secrets/acme.age; ln -s repo ../way");
    let real = fs::canonicalize(sandbox.path("copy/way/secrets/acme.age")).unwrap();
    assert_eq!(WorkTree::of(&real), Some(WorkTree { top: repo, head: Head::Branch("main".into()) }));
    assert_eq!(WorkTree::of(&sandbox.path("acme.age")), None);
}

#[test]
fn a_repository_is_what_git_takes_for_one() {
    let sandbox = Sandbox::new();
    let table = [
        "mkdir .git",
        "mkdir .git; echo 'ref: refs/heads/x' > .git/HEAD",
        "mkdir .git .git/refs; echo 'ref: refs/heads/x' > .git/HEAD",
        "mkdir .git .git/objects; echo 'ref: refs/heads/x' > .git/HEAD",
        "mkdir .git .git/refs .git/objects",
        "mkdir .git .git/refs .git/objects; echo 'ref: refs/heads/x' > .git/HEAD",
        "mkdir .git .git/refs .git/objects; chmod -x .git/refs; echo 'ref: refs/heads/x' > .git/HEAD",
        "mkdir .git; cp /bin/sh .git/refs; cp /bin/sh .git/objects; echo 'ref: refs/heads/x' > .git/HEAD",
        "mkdir .git .git/refs .git/objects; echo 'ref: x' > .git/HEAD",
        "mkdir .git .git/refs .git/objects; echo ' ref: refs/heads/x' > .git/HEAD",
        "mkdir .git .git/refs .git/objects; echo 2fd4e1 > .git/HEAD",
        "mkdir .git .git/refs .git/objects; echo 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12 > .git/HEAD",
        "mkdir .git .git/refs .git/objects; echo 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12xyz > .git/HEAD",
        "mkdir .git .git/refs .git/objects; ln -s refs/heads/x .git/HEAD",
        "mkdir .git .git/refs .git/objects; ln -s ../../.git/HEAD .git/HEAD",
        "mkdir .git .git/refs .git/objects; ln -s /dev/zero .git/HEAD",
        "mkdir .git; echo 'ref: refs/heads/x' > .git/HEAD; echo ../../.git > .git/commondir",
        "mkdir .git .git/refs .git/objects; echo 'ref: refs/heads/x' > .git/HEAD; echo /nowhere > .git/commondir",
        "mkfifo .git",
        "ln -s /dev/zero .git",
        "ln -s /nowhere .git",
        "echo 'gitdir: ../.git' > .git",
    ];
    for (at, script) in table.into_iter().enumerate() {
        let directory = sandbox.copy(&format!("row{at}"), &format!("cd sub; {script}")).join("sub");
        let found = WorkTree::of(&directory.join("acme.age")).map(|tree| tree.top);
        let top = sandbox.git(&directory, "rev-parse --show-toplevel").map(PathBuf::from);
        assert!(found.is_some() && found == top, "{script}: {found:?}, not {top:?}");
    }
}

#[test]
fn the_search_goes_on_where_git_stops_or_waits() {
    let sandbox = Sandbox::new();
    let table = [
        "echo x > .git",
        "echo 'gitdir: nowhere' > .git",
        "echo 'gitdir:' > .git",
        "echo 'gitdir:../.git' > .git",
        "dd if=/dev/zero of=.git bs=1 count=1 seek=100000000000",
        "mkdir .git .git/refs .git/objects; mkfifo .git/HEAD",
        "mkdir own own/refs own/objects; mkfifo own/HEAD; echo 'gitdir: own' > .git",
        "mkdir .git .git/refs .git/objects; echo 'ref: refs/heads/x' > .git/HEAD; mkfifo .git/commondir",
        // It looks like the inside of a .git, and can be committed.
        "mkdir refs objects; echo 'ref: refs/heads/x' > HEAD",
    ];
    for (at, script) in table.into_iter().enumerate() {
        let repo = sandbox.copy(&format!("row{at}"), &format!("cd sub; {script}"));
        let head = Head::Branch("main".into());
        assert_eq!(WorkTree::of(&repo.join("sub/acme.age")), Some(WorkTree { top: repo, head }), "{script}");
    }
}

#[test]
fn git_is_not_started_where_it_would_not_end() {
    let sandbox = Sandbox::new();
    let table = [
        ("mkdir .git; mkfifo .git/HEAD", ".git/HEAD"),
        ("mkdir own; mkfifo own/HEAD; echo 'gitdir: own' > .git", "own/HEAD"),
        ("mkdir .git; mkfifo .git/commondir; echo 'ref: refs/heads/x' > .git/HEAD", ".git/commondir"),
        ("mkdir .git; ln -s /dev/zero .git/commondir; echo 'ref: refs/heads/x' > .git/HEAD", ".git/commondir"),
    ];
    for (at, (script, endless)) in table.into_iter().enumerate() {
        let repo = sandbox.copy(&format!("row{at}"), &format!("cd sub; mkdir deep; {script}"));
        let (sub, deep) = (repo.join("sub"), repo.join("sub/deep"));
        let error = format!("{} is not a regular file", sub.join(endless).display());
        assert_eq!(Repository::of(&deep).unwrap_err().reason, error);
        assert_eq!(Objects { directory: &deep }.top().unwrap_err().reason, error);
        assert_eq!(commit_risk(&deep.join("x")), Some(CommitRisk::Unknown(GitError::other(error))));
    }

    // Above the repository git does not look.
    let repo = sandbox.copy("copy", "mkdir ../.git; mkfifo ../.git/HEAD");
    assert_eq!(Repository::of(&repo).unwrap().top(), repo);
}

#[test]
fn with_a_reftable_git_says_what_is_checked_out() {
    let sandbox = Sandbox::new();
    let repo = sandbox.path("reftable");
    let init = format!("init -q -b main --ref-format=reftable {}", repo.display());
    if sandbox.git(&sandbox.path("."), &init).is_none() {
        // This git knows no reftable, and takes the placeholder for a branch.
        let repo = sandbox.copy("copy", "echo 'ref: refs/heads/.invalid' > .git/HEAD");
        let head = Head::Branch(".invalid".into());
        assert_eq!(WorkTree::of(&repo.join("acme.age")), Some(WorkTree { top: repo, head }));
        return;
    }
    let head = || WorkTree::of(&repo.join("acme.age")).unwrap().head;
    let commit = || sandbox.git(&repo, "rev-parse HEAD").unwrap();
    assert_eq!(head(), Head::Branch("main".into()));
    sandbox.sh("reftable", "echo 1 > file; git add file; git commit -q -m 1; git checkout -q -b feature/x");
    assert_eq!(head(), Head::Branch("feature/x".into()));
    sandbox.sh("reftable", "echo 2 > file; git commit -q -a -m 2; echo 3 > file; git commit -q -a -m 3");
    sandbox.sh("reftable", "git bisect start HEAD HEAD~2");
    assert_eq!(head(), Head::During { branch: Some("feature/x".into()), commit: commit() });
    sandbox.sh("reftable", "git bisect reset; git checkout -q --detach");
    assert_eq!(head(), Head::Detached { commit: commit() });
    sandbox.sh("reftable", "git worktree add -q ../tree main");
    let tree = WorkTree::of(&sandbox.path("tree/acme.age")).unwrap();
    assert_eq!(tree, WorkTree { top: sandbox.path("tree"), head: Head::Branch("main".into()) });

    // Git refuses a repository that is broken, or that another user owns.
    sandbox.sh("reftable", "rm .git/config");
    assert_eq!(WorkTree::of(&repo.join("acme.age")), None);
}

#[test]
fn the_variables_of_git_do_not_count() {
    if env::var_os(IN_CHILD).is_none() {
        for variables in [
            &[("GIT_DIR", "/nowhere")][..],
            &[("GIT_DIR", "/nowhere"), ("GIT_WORK_TREE", "/")],
            &[("GIT_WORK_TREE", "/nowhere")],
            &[("GIT_COMMON_DIR", "/nowhere")],
            &[("GIT_INDEX_FILE", "/dev/null")],
            &[("GIT_CEILING_DIRECTORIES", "/")],
            &[("GIT_PREFIX", "sub/")],
            &[("GIT_GLOB_PATHSPECS", "1")],
            &[("GIT_NOGLOB_PATHSPECS", "1"), ("GIT_ICASE_PATHSPECS", "1")],
        ] {
            in_child("the_variables_of_git_do_not_count", variables);
        }
        return;
    }
    let sandbox = Sandbox::new();
    let repo = sandbox.copy("copy", "ln -s other way; git add way; echo x > .gitignore");
    let tree = WorkTree { top: repo.clone(), head: Head::Branch("main".into()) };
    assert_eq!(WorkTree::of(&repo.join("way/acme.age")), Some(tree));
    assert_eq!(tracked_symlink(&repo.join("way/acme.age")), Ok(Some(repo.join("way"))));
    assert_eq!(commit_risk(&repo.join("file")), Some(CommitRisk::Tracked));
    assert_eq!(commit_risk(&repo.join("x")), None);
    with_a_reftable_git_says_what_is_checked_out();
}

#[test]
fn a_tracked_symlink_is_found_wherever_it_is_on_the_way() {
    let sandbox = Sandbox::new();
    let table = [
        ("", "secrets/acme.age", None),
        ("", "missing/acme.age", None),
        // The file, and a directory.
        ("cd secrets; ln -s old.age acme.age; git add .", "secrets/acme.age", Some("secrets/acme.age")),
        (
            "cd secrets; ln -s old.age acme.age; git add .; git commit -q -m x",
            "secrets/acme.age",
            Some("secrets/acme.age"),
        ),
        ("ln -s other way; git add way", "way/acme.age", Some("way")),
        ("ln -s other way; git add way", "way/../secrets/acme.age", Some("way")),
        ("ln -s other way; git add way", "secrets/./../way/acme.age", Some("secrets/../way")),
        ("ln -s other way; git add way", "other/acme.age", None),
        ("ln -s /nowhere way; git add way", "way/acme.age", Some("way")),
        ("mkdir a a/b; ln -s ../../other a/b/way; git add a", "a/b/way/acme.age", Some("a/b/way")),
        ("ln -s other 'a*b'; git add 'a*b'", "a*b/acme.age", Some("a*b")),
        ("ln -s other :x; git add ./:x", ":x/acme.age", Some(":x")),
        ("ln -s other 'é\n\"'; git add é*", "é\n\"/acme.age", Some("é\n\"")),
        // What git does not track.
        ("ln -s other way", "way/acme.age", None),
        ("ln -s other way; echo way > .gitignore; git add .", "way/acme.age", None),
        ("ln -s other way; git add way; git rm -q --cached way", "way/acme.age", None),
        ("ln -s other way; ln -s other w; git add w", "way/acme.age", None),
        ("ln -s x other/way; rmdir secrets; ln -s other secrets; git add other", "secrets/acme.age", None),
        // Chains, of which any link counts.
        ("ln -s other b; ln -s b a; git add b", "a/acme.age", Some("b")),
        ("ln -s other b; ln -s b a; git add a", "a/acme.age", Some("a")),
        ("ln -s other b; ln -s b a; ln -s a way", "way/acme.age", None),
        ("ln -s old.age other/acme.age; git add other; ln -s other/acme.age v.age", "v.age", Some("other/acme.age")),
        ("ln -s ../other other/b; git add other; ln -s other/b/b a", "a/acme.age", Some("other/b")),
        ("ln -s \"$PWD/b\" a; ln -s other b; git add b", "a/acme.age", Some("b")),
        // Around the repository.
        ("ln -s repo ../way", "../way/secrets/acme.age", None),
        ("ln -s repo ../way; ln -s other b; git add b", "../way/b/acme.age", Some("../way/b")),
        ("ln -s repo/b/acme.age ../v.age; ln -s other b; git add b", "../v.age", Some("b")),
        ("mv .git ..; ln -s repo ../way; git -C .. add way", "../way/acme.age", Some("../way")),
        // Work trees, submodules, and a merge that stopped.
        (
            "ln -s x way; git add way; git commit -q -m way; git worktree add -q --detach ../tree",
            "../tree/way/acme.age",
            Some("../tree/way"),
        ),
        (
            "ln -s x way; git add way; git commit -q -m way
             git -c protocol.file.allow=always submodule --quiet add \"$PWD\" module",
            "module/way/acme.age",
            Some("module/way"),
        ),
        (
            "ln -s a way; git add way; git commit -q -m a; git checkout -q topic
             ln -s b way; git add way; git commit -q -m b; ! git merge -q main",
            "way/acme.age",
            Some("way"),
        ),
        // No repository.
        ("rm -r -f .git; ln -s other way", "way/acme.age", None),
        ("ln -s other way; git add way; echo x > .git/HEAD", "way/acme.age", None),
    ];
    for (at, (script, named, expected)) in table.into_iter().enumerate() {
        let repo = sandbox.copy(&format!("row{at}"), script);
        let found = tracked_symlink(&repo.join(named)).unwrap();
        assert_eq!(found, expected.map(|path| repo.join(path)), "row {at}: {script}");
    }
}

#[test]
fn a_circle_of_symlinks_is_an_error() {
    let sandbox = Sandbox::new();
    let repo = sandbox.copy("copy", "ln -s b a; ln -s a b");
    let error = tracked_symlink(&repo.join("a/acme.age")).unwrap_err();
    assert!(error.reason.starts_with("too many symbolic links: "), "{error:?}");
}

#[test]
fn without_an_answer_from_git_a_symlink_is_an_error() {
    const LOCATION: &str = "ETUI_TEST_LOCATION";

    if let Ok(repo) = env::var(LOCATION) {
        let error = tracked_symlink(&Path::new(&repo).join("way/acme.age")).unwrap_err();
        assert_eq!(error.reason, env::var("ETUI_TEST_ERROR").unwrap());
        // Without a symlink git is not started.
        assert_eq!(tracked_symlink(&Path::new(&repo).join("other/acme.age")), Ok(None));
        return;
    }
    let sandbox = Sandbox::new();
    let repo = sandbox.copy("copy", "ln -s other way");
    let repo = repo.to_str().unwrap();
    let dubious = format!("detected dubious ownership in repository at '{repo}'");
    for (variable, value, reason) in
        [("PATH", "/nowhere", "git is not installed"), ("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1", &dubious)]
    {
        let error = format!("cannot say whether it tracks {repo}/way: {reason}");
        let variables = [(variable, value), (LOCATION, repo), ("ETUI_TEST_ERROR", &error)];
        in_child("without_an_answer_from_git_a_symlink_is_an_error", &variables);
    }
}

#[test]
fn what_git_refuses_is_told_apart() {
    let sandbox = Sandbox::new();
    let git = |repo: &Path| repo.join(".git");
    type Kind = fn(&Path) -> Refusal;
    let table: [(&str, &str, Kind); 17] = [
        ("rm -rf .git", "not a git repository (or any of the parent directories): .git", |_| Refusal::NoRepository),
        (": >.git/HEAD", "REPO/.git/HEAD names no branch", |repo| Refusal::BadHead { head: repo.join(".git/HEAD") }),
        ("echo x >.git/HEAD", "REPO/.git/HEAD names no branch", |repo| Refusal::BadHead {
            head: repo.join(".git/HEAD"),
        }),
        ("rm .git/HEAD", "REPO/.git/HEAD names no branch", |repo| Refusal::BadHead { head: repo.join(".git/HEAD") }),
        ("rm -rf .git/objects", "REPO/.git/objects is missing", |_| Refusal::Incomplete),
        ("rm -rf .git/refs", "REPO/.git/refs is missing", |_| Refusal::Incomplete),
        ("echo '[core' >>.git/config", "bad config line 6 in file .git/config", |_| Refusal::Settings),
        ("git config core.bare maybe", "bad boolean config value 'maybe' for 'core.bare'", |_| Refusal::Settings),
        ("git config core.repositoryFormatVersion 9", "Expected git repo version <= 1, found 9", |_| Refusal::Format),
        (
            "git config core.repositoryFormatVersion 1; git config extensions.new x",
            "unknown repository extension found: new",
            |_| Refusal::Format,
        ),
        (
            "git config core.repositoryFormatVersion 0; git config extensions.objectFormat sha256",
            "repo version is 0, but v1-only extension found: objectformat",
            |_| Refusal::Format,
        ),
        ("git config core.bare true", "this operation must be run in a work tree", |_| Refusal::MarkedBare),
        ("mv .git ..; mv ../.git/* .; rm -rf ../.git", "this operation must be run in a work tree", |_| Refusal::Bare),
        ("rm -rf .git; echo 'gitdir: away' >.git", "not a git repository: REPO/away", |_| Refusal::LedAstray),
        ("rm -rf .git; echo x >.git", "invalid gitfile format: REPO/.git", |_| Refusal::LedAstray),
        ("git worktree add -q ../tree; mv .git .away; cd ..; rm -rf repo; mv tree repo", "", |_| Refusal::LedAstray),
        ("echo x >.git/index", "", |_| Refusal::Index),
    ];
    for (at, (script, reason, refusal)) in table.into_iter().enumerate() {
        let repo = sandbox.copy(&format!("row{at}"), script);
        let found = Repository::of(&repo).and_then(|repository| repository.tracked());
        let error = found.expect_err(script);
        if !reason.is_empty() {
            assert_eq!(error.reason, reason.replace("REPO", repo.to_str().unwrap()), "{script}");
        }
        assert_eq!(error.refusal, refusal(&repo), "{script}: {}", error.reason);
        assert!(error.hint().is_some(), "{script}");
    }
    // Inside of .git there is no work tree, and nothing is wrong.
    let repo = sandbox.copy("inside", "");
    assert_eq!(Repository::of(&git(&repo)).unwrap_err().refusal, Refusal::Bare);
}

#[test]
fn what_only_other_machines_refuse_is_told_apart_too() {
    let table = [
        (
            "fatal: detected dubious ownership in repository at '/r'\nTo add an exception for this directory, call:\n\n\t\
             git config --global --add safe.directory /r\n",
            "detected dubious ownership in repository at '/r'",
            Refusal::OtherOwner { command: "git config --global --add safe.directory /r".into() },
        ),
        (
            "fatal: detected dubious ownership in repository at '//wsl/r'\n'//wsl/r' is on a file system that does not \
             record ownership\nTo add an exception for this directory, call:\n\n\t\
             git config --global --add safe.directory '%(prefix)///wsl/r'\n",
            "detected dubious ownership in repository at '//wsl/r'",
            Refusal::OtherOwner { command: "git config --global --add safe.directory '%(prefix)///wsl/r'".into() },
        ),
        (
            "warning: unable to access '.git/config': Permission denied\nfatal: unable to access '.git/config': \
             Permission denied\n",
            "unable to access '.git/config': Permission denied",
            Refusal::Unreadable { git: ".git/config".into() },
        ),
        (
            "fatal: not a git repository (or any parent up to mount point /)\nStopping at filesystem boundary \
             (GIT_DISCOVERY_ACROSS_FILESYSTEM not set).\n",
            "not a git repository (or any parent up to mount point /)",
            Refusal::NoRepository,
        ),
        ("fatal: not a git repository: '/nowhere'\n", "not a git repository: '/nowhere'", Refusal::WrongVariable),
        (
            "fatal: cannot use bare repository '/r' (safe.bareRepository is 'explicit')\n",
            "cannot use bare repository '/r' (safe.bareRepository is 'explicit')",
            Refusal::Bare,
        ),
        (
            "fatal: Unable to create '/r/.git/index.lock': File exists.\n\nAnother git process seems to be running\n",
            "Unable to create '/r/.git/index.lock': File exists.",
            Refusal::Locked,
        ),
        ("fatal: bad object HEAD\n", "bad object HEAD", Refusal::Other),
        ("", "it failed", Refusal::Other),
    ];
    for (stderr, reason, refusal) in table {
        assert_eq!(GitError::parse(stderr.as_bytes()), GitError::new(reason, refusal), "{stderr}");
    }
}
