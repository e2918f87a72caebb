//! Links in the work trees of a repository: what was accepted in one counts in all that the repository lists, and
//! nowhere else, whatever a directory claims about itself.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::bench::{Bench, Outcome};

const LINK: &str = "team = \"acme\"\nproject = \"web\"\n";

/// A machine with team acme, and a repository `repo` whose link was not accepted yet.
struct Laptop {
    bench: Bench,
}

impl Laptop {
    fn new() -> Laptop {
        let bench = Bench::acme();
        bench.set("A", "value", &["-p", "web"]);
        let laptop = Laptop { bench };
        laptop.git("init -q -b main repo");
        laptop.write("repo", LINK);
        laptop.sh("cd repo; git add -A; git commit -qm first");
        laptop
    }

    /// The same, accepted in `repo`.
    fn accepted() -> Laptop {
        let laptop = Laptop::new();
        laptop.in_tree("repo", "link --accept").ok();
        laptop
    }

    fn path(&self, path: &str) -> PathBuf {
        self.bench.work().join(path)
    }

    fn write(&self, tree: &str, text: &str) {
        fs::create_dir_all(self.path(tree)).unwrap();
        fs::write(self.path(tree).join(".etui.toml"), text).unwrap();
    }

    #[track_caller]
    fn sh(&self, script: &str) {
        let names = "git() { command git -c user.name=a -c user.email=a@b \"$@\"; }; set -e";
        self.bench.sh(&format!("{names}; {script}")).ok();
    }

    #[track_caller]
    fn git(&self, line: &str) {
        self.sh(&format!("git {line}"));
    }

    fn in_tree(&self, tree: &str, line: &str) -> Outcome {
        self.bench.etui(["--cwd", tree].into_iter().chain(line.split(' ')))
    }

    #[track_caller]
    fn counts_in(&self, tree: &str) {
        self.in_tree(tree, "get A").prints("value").says("");
    }

    #[track_caller]
    fn does_not_count_in(&self, tree: &str) {
        let outcome = self.in_tree(tree, "get A");
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{tree}: {}", outcome.err);
        assert!(outcome.err.contains("has not been accepted on this machine"), "{tree}: {}", outcome.err);
    }
}

#[test]
fn a_link_counts_in_every_work_tree_of_its_repository_while_its_text_is_the_same() {
    let laptop = Laptop::accepted();
    laptop.sh("git -C repo worktree add -q ../tree; git -C repo worktree add -q in/side");
    for tree in ["repo", "tree", "repo/in/side"] {
        laptop.counts_in(tree);
    }
    laptop.git("-C repo worktree move ../tree ../moved");
    laptop.counts_in("moved");

    // What `allow` says does not matter; all else asks again, in this work tree alone.
    laptop.write("moved", &format!("{LINK}allow = [\"a:B\"]\n"));
    laptop.counts_in("moved");
    laptop.write("moved", "team = \"acme\"\nproject = \"web\"\ncluster = \"gpu\"\n");
    laptop.does_not_count_in("moved");
    laptop.in_tree("moved", "link --accept").ok();
    laptop.counts_in("moved");
    laptop.counts_in("repo");
    laptop.git("-C repo worktree add -q ../third");
    laptop.counts_in("third");

    // The same text at another place of the repository is another link.
    laptop.write("third/sub", LINK);
    laptop.does_not_count_in("third/sub");
}

#[test]
fn what_was_accepted_in_a_work_tree_outlives_it() {
    let laptop = Laptop::new();
    laptop.git("-C repo worktree add -q ../tree");
    laptop.in_tree("tree", "link --accept").ok();
    laptop.git("-C repo worktree remove --force ../tree");
    laptop.counts_in("repo");
    laptop.git("-C repo worktree add -q ../next");
    laptop.counts_in("next");
}

#[test]
fn a_bare_repository_has_work_trees_too() {
    let laptop = Laptop::new();
    laptop.sh("git clone -q --bare repo bare.git; git -C bare.git worktree add -q ../one main");
    laptop.in_tree("one", "link --accept").ok();
    laptop.git("-C bare.git worktree add -q ../two");
    laptop.counts_in("two");
    laptop.does_not_count_in("repo");
}

/// What a directory may claim about itself.
type Claim<'a> = (&'a str, &'a dyn Fn(&Laptop, &Path));

#[test]
fn a_directory_that_claims_to_be_a_work_tree_is_not_one() {
    let file = |path: &Path, text: String| fs::write(path, text).unwrap();
    let git_directory = |at: &Path| {
        for name in ["objects", "refs"] {
            fs::create_dir_all(at.join(name)).unwrap();
        }
        fs::write(at.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    };
    let cases: [Claim<'_>; 14] = [
        ("no repository", &|_, _| {}),
        ("a clone", &|laptop, _| laptop.sh("rm -r evil; git clone -q repo evil")),
        ("a clone that shares all objects", &|laptop, _| laptop.sh("rm -r evil; git clone -qs repo evil")),
        ("a `.git` file that names the repository", &|laptop, evil| {
            file(&evil.join(".git"), format!("gitdir: {}\n", laptop.path("repo/.git").display()));
        }),
        ("a `.git` file that names another work tree's entry", &|laptop, evil| {
            file(&evil.join(".git"), format!("gitdir: {}\n", laptop.path("repo/.git/worktrees/tree").display()));
        }),
        ("a symbolic link to the repository", &|laptop, evil| {
            symlink(laptop.path("repo/.git"), evil.join(".git")).unwrap();
        }),
        ("a symbolic link to another work tree's entry", &|laptop, evil| {
            symlink(laptop.path("repo/.git/worktrees/tree"), evil.join(".git")).unwrap();
        }),
        ("a symbolic link to another work tree's `.git`", &|laptop, evil| {
            symlink(laptop.path("tree/.git"), evil.join(".git")).unwrap();
        }),
        ("a repository that shares the directory of this one", &|laptop, evil| {
            git_directory(&evil.join(".git"));
            file(&evil.join(".git/commondir"), laptop.path("repo/.git").display().to_string());
        }),
        ("an entry of its own that shares the directory of this one", &|laptop, evil| {
            git_directory(&evil.join("entry"));
            file(&evil.join("entry/commondir"), laptop.path("repo/.git").display().to_string());
            file(&evil.join("entry/gitdir"), evil.join(".git").display().to_string());
            file(&evil.join(".git"), "gitdir: entry\n".to_owned());
        }),
        ("an entry below a directory with the right name", &|laptop, evil| {
            git_directory(&evil.join("worktrees/tree"));
            file(&evil.join("worktrees/tree/commondir"), laptop.path("repo/.git").display().to_string());
            file(&evil.join("worktrees/tree/gitdir"), evil.join(".git").display().to_string());
            file(&evil.join(".git"), "gitdir: worktrees/tree\n".to_owned());
        }),
        ("entries behind a symbolic link", &|laptop, evil| {
            git_directory(&evil.join("common"));
            symlink(laptop.path("repo/.git/worktrees"), evil.join("common/worktrees")).unwrap();
            file(&evil.join(".git"), "gitdir: common/worktrees/tree\n".to_owned());
        }),
        ("a repository that lists the accepted one as its own", &|laptop, evil| {
            laptop.git("init -q evil");
            let entry = evil.join(".git/worktrees/repo");
            git_directory(&entry);
            file(&entry.join("commondir"), "../..\n".to_owned());
            file(&entry.join("gitdir"), laptop.path("repo/.git").display().to_string());
        }),
        ("a broken clone inside of a work tree", &|laptop, evil| {
            laptop.write("repo/evil", LINK);
            laptop.in_tree("repo/evil", "link --accept").ok();
            laptop.sh("mkdir tree/evil; cp repo/.etui.toml tree/evil; mkdir tree/evil/.git");
            fs::remove_dir_all(evil).unwrap();
            symlink(laptop.path("tree/evil"), evil).unwrap();
        }),
    ];
    for (what, claim) in cases {
        println!("{what}");
        let laptop = Laptop::accepted();
        laptop.git("-C repo worktree add -q ../tree");
        laptop.write("evil", LINK);
        claim(&laptop, &fs::canonicalize(laptop.path("evil")).unwrap());
        laptop.does_not_count_in("evil");
        laptop.counts_in("repo");
        laptop.counts_in("tree");
    }
}

#[test]
fn an_entry_counts_only_while_it_leads_back() {
    let laptop = Laptop::accepted();
    laptop.git("-C repo worktree add -q ../tree");
    let entry = laptop.path("repo/.git/worktrees/tree/gitdir");
    let right = fs::read_to_string(&entry).unwrap();
    // Git writes a relative path with `worktree.useRelativePaths`.
    for text in [right.as_str(), "../../../../tree/.git\n"] {
        fs::write(&entry, text).unwrap();
        laptop.counts_in("tree");
    }
    let elsewhere = format!("{}\n", laptop.path("repo/.git").display());
    let inside = format!("{}\n", laptop.path("tree").display());
    for text in ["", "\n", "/\n", "..\n", ".git\n", &elsewhere, &inside] {
        fs::write(&entry, text).unwrap();
        laptop.does_not_count_in("tree");
    }
    // A work tree that was moved by hand, until `git worktree repair`.
    fs::write(&entry, &right).unwrap();
    fs::rename(laptop.path("tree"), laptop.path("moved")).unwrap();
    laptop.does_not_count_in("moved");
    laptop.git("-C moved worktree repair");
    laptop.counts_in("moved");
    fs::remove_file(laptop.path("repo/.git/worktrees/moved/gitdir"))
        .unwrap_or_else(|_| fs::remove_file(&entry).unwrap());
    laptop.does_not_count_in("moved");
}
