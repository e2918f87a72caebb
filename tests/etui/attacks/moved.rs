//! A genuine older vault, or another vault, brought to the place of the newer one: by everyone who can write to a
//! shared folder, or push to the repository.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{git, refusal};
use crate::bench::{Bench, Outcome, bytes};

const OLDER: &str = " is older than what this laptop has seen: it lacks 1 change that this laptop has seen";
const LINK: &str = " leads through a symbolic link that git tracks: ";
const OTHER: &str = " is not the vault of team ";

/// A directory with a vault in `secrets/acme.age`, of which an older version exists, and another team's vault.
struct Scene {
    bench: Bench,
    old: Vec<u8>,
    /// A vault of the same laptop, in the place where an attacker could put a vault of his own.
    other: Vec<u8>,
}

impl Scene {
    fn new(is_git: bool) -> Scene {
        let bench = Bench::new();
        if is_git {
            git(&bench, "init -q --template= -b main");
        }
        let elsewhere = Bench::new();
        fs::create_dir_all(bench.work().join("secrets")).unwrap();
        bench.etui(["init", "acme", "--as", "alice", "--vault", "secrets/acme.age"]).ok();
        bench.etui(["link", "-t", "acme", "--vault", "secrets/acme.age"]).ok();
        fs::create_dir(elsewhere.home()).unwrap();
        fs::copy(bench.key(), elsewhere.key()).unwrap();
        elsewhere.etui(["init", "umbrella", "--as", "alice"]).ok();
        elsewhere.set("A", "1", &["-g"]);
        let other = bytes(elsewhere.home().join("umbrella.age"));

        let scene = Scene { bench, old: Vec::new(), other };
        for value in ["1", "2"] {
            scene.bench.etui(["set", "A", "-g", "--value", value]).ok();
            if is_git {
                git(&scene.bench, "add -A");
                git(&scene.bench, &format!("commit -q -m {value}"));
            }
            if value == "1" {
                fs::copy(scene.file(), scene.root().join("old")).unwrap();
            }
        }
        scene.bench.etui(["get", "A", "-g"]).prints("2");
        let old = bytes(scene.root().join("old"));
        scene.copy("work", "saved-work");
        scene.copy("home", "saved-home");
        Scene { old, ..scene }
    }

    fn root(&self) -> PathBuf {
        self.bench.work().parent().unwrap().to_owned()
    }

    fn copy(&self, from: &str, to: &str) {
        let to = self.root().join(to);
        let _ = fs::remove_dir_all(&to);
        Outcome::from(Command::new("cp").arg("-a").arg(self.root().join(from)).arg(to).output().unwrap()).ok();
    }

    fn restore(&self) {
        self.copy("saved-work", "work");
        self.copy("saved-home", "home");
    }

    fn secrets(&self) -> PathBuf {
        self.bench.work().join("secrets")
    }

    fn file(&self) -> PathBuf {
        self.secrets().join("acme.age")
    }

    fn write_old(&self, path: impl AsRef<Path>) {
        let path = self.bench.work().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &self.old).unwrap();
    }

    fn git(&self, line: &str) {
        git(&self.bench, line);
    }

    fn sh(&self, script: &str) {
        self.bench.sh(script).ok();
    }

    /// Makes what git takes for a repository.
    fn fake_git(&self, directory: &str, head: &str) {
        let git = self.bench.work().join(directory);
        for part in ["objects", "refs"] {
            fs::create_dir_all(git.join(part)).unwrap();
        }
        fs::write(git.join("HEAD"), head).unwrap();
    }
}

/// What somebody does, and with which options the vault is then named.
type Move = (&'static str, &'static dyn Fn(&Scene), &'static str, &'static str);

const COMMIT: &str = "1111111111111111111111111111111111111111\n";

/// By anyone who can write to a shared folder.
const FOLDER: &[Move] = &[
    ("the older file", &|scene| scene.write_old("secrets/acme.age"), "", OLDER),
    (
        "a .git with a HEAD",
        &|scene| {
            fs::create_dir(scene.secrets().join(".git")).unwrap();
            fs::write(scene.secrets().join(".git/HEAD"), "ref: refs/heads/x\n").unwrap();
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "a .git that git takes for a repository",
        &|scene| {
            scene.fake_git("secrets/.git", "ref: refs/heads/x\n");
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "a .git above it",
        &|scene| {
            scene.fake_git(".git", "ref: refs/heads/x\n");
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "a .git on no branch",
        &|scene| {
            scene.fake_git("secrets/.git", COMMIT);
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "a .git in the middle of a rebase",
        &|scene| {
            scene.fake_git(".git", COMMIT);
            fs::create_dir(scene.bench.work().join(".git/rebase-merge")).unwrap();
            fs::write(scene.bench.work().join(".git/rebase-merge/head-name"), "refs/heads/x\n").unwrap();
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "a .git that is a file",
        &|scene| {
            scene.fake_git("fake", "ref: refs/heads/x\n");
            fs::write(scene.secrets().join(".git"), "gitdir: ../fake\n").unwrap();
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "a repository in a repository",
        &|scene| {
            scene.fake_git(".git", "ref: refs/heads/x\n");
            scene.fake_git("secrets/.git", "ref: refs/heads/y\n");
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "a second branch, after the first one was accepted",
        &|scene| {
            scene.fake_git(".git", "ref: refs/heads/x\n");
            scene.bench.etui(["get", "A", "-g"]).prints("2");
            scene.fake_git(".git", "ref: refs/heads/y\n");
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "a link to the older file",
        &|scene| {
            scene.write_old("secrets/old.age");
            fs::remove_file(scene.file()).unwrap();
            symlink("old.age", scene.file()).unwrap();
        },
        "",
        OLDER,
    ),
    (
        "a link in the place of the directory",
        &|scene| {
            scene.write_old("other/acme.age");
            fs::rename(scene.secrets(), scene.bench.work().join("away")).unwrap();
            symlink("other", scene.secrets()).unwrap();
        },
        "",
        OLDER,
    ),
    (
        "a link into a repository",
        &|scene| {
            scene.fake_git("other/.git", "ref: refs/heads/x\n");
            scene.write_old("other/acme.age");
            fs::remove_file(scene.file()).unwrap();
            symlink("../other/acme.age", scene.file()).unwrap();
        },
        "",
        OLDER,
    ),
    (
        "another team's vault",
        &|scene| fs::write(scene.file(), &scene.other).unwrap(),
        "--vault secrets/acme.age --no-link",
        OTHER,
    ),
    (
        "a link to another team's vault",
        &|scene| {
            fs::write(scene.bench.work().join("other.age"), &scene.other).unwrap();
            fs::remove_file(scene.file()).unwrap();
            symlink("../other.age", scene.file()).unwrap();
        },
        "--vault secrets/acme.age --no-link",
        OTHER,
    ),
    (
        "a link to another team's vault, named by the environment",
        &|scene| {
            fs::write(scene.bench.work().join("other.age"), &scene.other).unwrap();
            fs::remove_file(scene.file()).unwrap();
            symlink("../other.age", scene.file()).unwrap();
        },
        "ETUI_VAULT=secrets/acme.age",
        OTHER,
    ),
    (
        "another team's vault, for the team",
        &|scene| fs::write(scene.file(), &scene.other).unwrap(),
        "-t acme",
        "is the vault of team umbrella, not of team acme",
    ),
];

/// By anyone who can push, and by commands of git that go back in time.
const REPOSITORY: &[Move] = &[
    ("the older file on the same branch", &|scene| scene.write_old("secrets/acme.age"), "", OLDER),
    (
        "the older file, committed",
        &|scene| {
            scene.write_old("secrets/acme.age");
            scene.git("commit -q -a -m old");
        },
        "",
        OLDER,
    ),
    ("checkout -- FILE", &|scene| scene.git("checkout -q HEAD~1 -- secrets/acme.age"), "", OLDER),
    ("revert", &|scene| scene.git("revert --no-edit HEAD"), "", OLDER),
    ("reset --hard", &|scene| scene.git("reset -q --hard HEAD~1"), "", OLDER),
    (
        "stash after a write",
        &|scene| {
            scene.bench.etui(["set", "A", "-g", "--value", "3"]).ok();
            scene.git("stash -q");
        },
        "",
        OLDER,
    ),
    (
        "the older file at the same commit of no branch",
        &|scene| {
            scene.git("checkout -q --detach");
            scene.bench.etui(["get", "A", "-g"]).prints("2").says("");
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "a tracked link to the older file",
        &|scene| {
            scene.write_old("secrets/old.age");
            fs::remove_file(scene.file()).unwrap();
            symlink("old.age", scene.file()).unwrap();
            scene.git("add -A");
        },
        "",
        LINK,
    ),
    (
        "a tracked link in the place of the directory",
        &|scene| {
            scene.write_old("other/acme.age");
            fs::remove_dir_all(scene.secrets()).unwrap();
            symlink("other", scene.secrets()).unwrap();
            scene.git("add -A");
        },
        "",
        LINK,
    ),
    (
        "a tracked link behind one that is not tracked",
        &|scene| {
            scene.write_old("other/old.age");
            symlink("old.age", scene.bench.work().join("other/acme.age")).unwrap();
            scene.git("add -A");
            symlink("other/acme.age", scene.bench.work().join("mine.age")).unwrap();
        },
        "--vault mine.age",
        LINK,
    ),
    (
        "a tracked link to another team's vault",
        &|scene| {
            fs::write(scene.secrets().join("other.age"), &scene.other).unwrap();
            fs::remove_file(scene.file()).unwrap();
            symlink("other.age", scene.file()).unwrap();
            scene.git("add -A");
        },
        "--vault secrets/acme.age --no-link",
        LINK,
    ),
    ("the older file at another path", &|scene| scene.write_old("copy/acme.age"), "--vault copy/acme.age", OLDER),
    (
        "the older file at another path, by the environment",
        &|scene| scene.write_old("x/acme.age"),
        "ETUI_VAULT=x/acme.age",
        OLDER,
    ),
    (
        "moved by git, and older",
        &|scene| {
            scene.git("mv secrets/acme.age acme.age");
            scene.write_old("acme.age");
            scene.git("commit -q -a -m moved");
        },
        "--vault acme.age",
        OLDER,
    ),
    (
        "a fake repository around it",
        &|scene| {
            scene.fake_git("secrets/.git", "ref: refs/heads/x\n");
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "a fake repository around it, on no branch",
        &|scene| {
            scene.fake_git("secrets/.git", COMMIT);
            scene.write_old("secrets/acme.age");
        },
        "",
        OLDER,
    ),
    (
        "the inside of a repository, committed beside it",
        &|scene| {
            scene.fake_git("secrets", "ref: refs/heads/x\n");
            scene.write_old("secrets/acme.age");
            scene.git("add -A");
        },
        "",
        OLDER,
    ),
    (
        "a submodule in the place of the directory",
        &|scene| {
            scene.sh("mkdir ../module && cp ../old ../module/acme.age && cd ../module && git init -q --template= -b main && git add -A && git -c user.name=a -c user.email=a@b commit -q -m old");
            fs::remove_dir_all(scene.secrets()).unwrap();
            scene.git("rm -q -r --cached secrets");
            scene.git("-c protocol.file.allow=always submodule --quiet add ../module secrets");
        },
        "",
        OLDER,
    ),
    (
        "another team's vault",
        &|scene| {
            fs::write(scene.file(), &scene.other).unwrap();
            scene.git("commit -q -a -m other");
        },
        "--vault secrets/acme.age --no-link",
        OTHER,
    ),
];

fn refused(scene: &Scene, moves: &[Move]) {
    let mut wrong = Vec::new();
    for (what, attack, options, message) in moves {
        scene.restore();
        let _ = fs::remove_dir_all(scene.root().join("module"));
        attack(scene);
        for command in ["get A -g", "set A -g --value new"] {
            let line = match options.starts_with("ETUI_VAULT") {
                true => format!("{options} etui {command} --no-link"),
                false => format!("etui {command} {options}"),
            };
            let refused = refusal(&scene.bench, &scene.file(), (6, message), &line);
            wrong.extend(refused.err().map(|wrong| format!("{what}: {line}: {wrong}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_older_vault_in_a_shared_folder_is_refused() {
    refused(&Scene::new(false), FOLDER);
}

#[test]
fn an_older_vault_in_the_same_checkout_is_refused() {
    refused(&Scene::new(true), REPOSITORY);
}

/// A link of somebody else that names the older file counts for nothing.
#[test]
fn a_link_to_the_older_file_must_be_accepted_first() {
    let scene = Scene::new(true);
    scene.write_old("api/old.age");
    fs::write(scene.bench.work().join("api/.etui.toml"), "team = \"acme\"\nvault = \"old.age\"\n").unwrap();
    for command in ["get A -g --cwd api", "set A -g --value new --cwd api"] {
        refusal(&scene.bench, &scene.file(), (2, "has not been accepted on this machine"), command).unwrap();
    }
    scene.bench.etui(["link", "--accept", "--cwd", "api"]).ok();
    for command in ["get A -g --cwd api", "set A -g --value new --cwd api"] {
        refusal(&scene.bench, &scene.file(), (6, OLDER), command).unwrap();
    }
}
