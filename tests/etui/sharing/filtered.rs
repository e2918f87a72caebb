//! A vault behind a filter of git, such as Git LFS: git then holds a pointer instead of the vault.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{Laptop, Team, map};
use crate::bench::Outcome;

/// What `git lfs` does as a filter, as far as a vault needs it. An object's name is made up.
const LFS: &str = r#"#!/bin/sh
set -e
objects="$(git rev-parse --path-format=absolute --git-common-dir)/lfs/objects"
case $1 in
clean)
    cat >"$objects.new"
    if grep -q '^version https://git-lfs' "$objects.new"; then cat "$objects.new"; exit; fi
    oid="$(git hash-object "$objects.new")000000000000000000000000"
    at="$objects/$(printf %.2s "$oid")/$(printf %.4s "$oid" | cut -c3-)"
    mkdir -p "$at" "$HUB"
    cp "$objects.new" "$HUB/$oid"
    mv "$objects.new" "$at/$oid"
    printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 1\n' "$oid"
    ;;
smudge)
    pointer="$(cat)"
    oid="$(printf %s "$pointer" | sed -n 's/^oid sha256://p')"
    at="$objects/$(printf %.2s "$oid")/$(printf %.4s "$oid" | cut -c3-)/$oid"
    if [ -e "$at" ]; then cat "$at"; else printf '%s\n' "$pointer"; fi
    ;;
fetch)
    for file in "$HUB"/*; do
        oid="${file##*/}"
        at="$objects/$(printf %.2s "$oid")/$(printf %.4s "$oid" | cut -c3-)"
        mkdir -p "$at"
        cp "$file" "$at/$oid"
    done
    ;;
esac
"#;

const ATTRIBUTES: &str = "*.age filter=lfs diff=lfs merge=lfs -text\n";

/// Two people whose vault went into Git LFS before etui had a say.
fn team() -> Team {
    let team = Team::of(&["alice", "bob"]);
    for laptop in &team.laptops {
        let program = laptop.bench.home().join("lfs");
        fs::write(&program, LFS.replace("$HUB", &team.hub.path().join("lfs").display().to_string())).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all(laptop.bench.work().join(".git/lfs/objects")).unwrap();
        for filter in ["clean", "smudge"] {
            let key = format!("filter.lfs.{filter}");
            git(laptop, &["config", &key, &format!("'{}' {filter}", program.display())]).ok();
        }
    }
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    fs::remove_file(alice.bench.work().join(".git/info/attributes")).unwrap();
    fs::remove_file(bob.bench.work().join(".git/info/attributes")).unwrap();
    // The attributes of etui from before it knew of filters, and after them those of Git LFS.
    let ours = "/acme.age -text merge=etui diff=etui\n";
    alice.write(".gitattributes", &format!("{ours}{ATTRIBUTES}"));
    alice.git("add --renormalize .").ok();
    alice.git("add .gitattributes").ok();
    alice.commit();
    alice.git("push -q").ok();
    bob.git("pull -q").ok();
    fetch_all(bob);
    fs::remove_file(bob.file()).unwrap();
    bob.git("checkout -q -- acme.age").ok();
    assert!(alice.git("show HEAD:acme.age").ok().text().starts_with("version https://git-lfs"));
    team
}

fn git(laptop: &Laptop, arguments: &[&str]) -> Outcome {
    let mut git = std::process::Command::new("git");
    Outcome::from(laptop.bench.as_user(&mut git).args(arguments).output().unwrap())
}

/// Downloads every object, as `git lfs fetch --all` does.
fn fetch_all(laptop: &Laptop) {
    let mut fetch = std::process::Command::new(laptop.bench.home().join("lfs"));
    Outcome::from(laptop.bench.as_user(&mut fetch).arg("fetch").output().unwrap()).ok();
}

fn read(laptop: &Laptop, path: &str) -> String {
    fs::read_to_string(laptop.bench.work().join(path)).unwrap()
}

fn findings(laptop: &Laptop) -> String {
    let text = laptop.etui("doctor").out;
    let text = String::from_utf8(text).unwrap();
    let top = laptop.bench.work().canonicalize().unwrap();
    let of_git = text.lines().filter(|line| line.starts_with("git\t") || line.contains("pointer"));
    of_git.map(|line| line.replace(top.to_str().unwrap(), "WORK") + "\n").collect()
}

#[test]
fn git_install_takes_the_vault_out_of_the_filter() {
    let team = team();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let report = "git\twrong\tno attributes tell git how to merge the vault\t`etui git install`, then `git add .gitattributes`\n\
        git\twrong\tgit does not have the vault itself\tgit has WORK/acme.age as a pointer of Git LFS: \
        `git add --renormalize WORK/acme.age`, and commit\n";
    assert_eq!(findings(alice), report);
    let file = alice.file().canonicalize().unwrap();
    let file = file.display();
    alice.etui("git install").ok().says(&format!(
        "set up: .gitattributes (commit it); .git/info/attributes, which no push can change\n\
         warning: git has {file} as a pointer of Git LFS: `git add --renormalize {file}`, and commit"
    ));
    let line = "/acme.age -text -filter merge=etui diff=etui\n";
    assert_eq!(read(alice, ".gitattributes"), format!("{ATTRIBUTES}{line}"));
    assert_eq!(read(alice, ".git/info/attributes"), line);
    // As the hint says.
    alice.git("add --renormalize acme.age").ok();
    alice.git("add .gitattributes").ok();
    alice.commit();
    assert!(alice.git("show HEAD:acme.age").out.starts_with(b"age-encryption.org/v1\n"));
    assert_eq!(findings(alice), "git\tok\tmerges the vault secret by secret\t\n");
    alice.etui("git install").ok().says("unchanged: this clone already merges its vault secret by secret");
    alice.etui("sync --all").ok();
    bob.etui("sync").ok();
    bob.etui("get A -g").prints("start");
    bob.git("status --porcelain").prints("");
}

#[test]
fn attributes_that_come_later_are_overruled_again() {
    let team = Team::two();
    let [alice, _] = &team.laptops[..] else { unreachable!() };
    let line = "/acme.age -text -filter merge=etui diff=etui\n";
    for later in [
        ATTRIBUTES,
        "* text=auto\n",
        "acme.age -merge\n",
        "/acme.age filter=git-crypt diff=git-crypt\n",
        "*.age binary\n",
        "[attr]big filter=lfs -text\n*.age big\n",
        "*.age !filter !text merge=ours",
    ] {
        alice.write(".gitattributes", &format!("{line}{later}"));
        assert!(findings(alice).contains("`etui git install`, then `git add .gitattributes`"), "{later}");
        alice.etui("git install").ok().says("set up: .gitattributes (commit it)");
        assert_eq!(read(alice, ".gitattributes"), format!("{}\n{line}", later.trim_end()), "{later}");
        assert_eq!(findings(alice), "git\tok\tmerges the vault secret by secret\t\n", "{later}");
        // Those of this clone.
        alice.write(".git/info/attributes", &format!("{line}{later}"));
        assert!(findings(alice).contains("this clone sets "), "{later}");
        alice.etui("git install").ok().says("set up: .git/info/attributes, which no push can change");
        assert_eq!(findings(alice), "git\tok\tmerges the vault secret by secret\t\n", "{later}");
    }
    // Attributes of other files stay where they are.
    let other = format!("{line}*.png filter=lfs diff=lfs merge=lfs -text\n");
    alice.write(".gitattributes", &other);
    alice.etui("git install").ok().says("unchanged: this clone already merges its vault secret by secret");
    assert_eq!(read(alice, ".gitattributes"), other);
}

#[test]
fn pointers_are_merged_as_the_vaults_for_which_they_stand() {
    for has_driver in [true, false] {
        let team = team();
        let [alice, bob] = &team.laptops[..] else { unreachable!() };
        if has_driver {
            // The driver is asked, but what it gets are pointers.
            for laptop in [alice, bob] {
                laptop.write(".git/info/attributes", "/acme.age merge=etui diff=etui\n");
            }
        }
        alice.set("ALICES", "a");
        alice.commit();
        alice.git("push -q").ok();
        bob.set("BOBS", "b");
        bob.commit();
        bob.git("fetch -q").ok();
        assert!(bob.git("diff HEAD~1 HEAD").ok().text().contains(if has_driver { "+team: BOBS  " } else { "+oid" }));

        // What alice pushed is not in this clone yet.
        let stopped = bob.git("merge -q --no-edit origin/main");
        assert_eq!(stopped.code, 1, "{stopped:?}");
        let error = "error: a version of acme.age that is merged is a pointer of Git LFS, not the vault itself\n \
                     hint: to get the file itself: `git lfs fetch --all`, then `etui git resolve`\n";
        assert_eq!(stopped.err.contains(error), has_driver, "{}", stopped.err);
        if !has_driver {
            bob.write(".git/info/attributes", "/acme.age merge=etui\n");
        }
        bob.etui("git resolve").fails(6, error.trim_end());

        fetch_all(bob);
        bob.etui("git resolve").ok().says("merged acme.age\nnote: to continue: `git commit --no-edit`");
        bob.git("commit -q --no-edit").ok();
        assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a"), ("BOBS", "b")]));
        assert!(bob.etui("diff HEAD~1").ok().text().contains("ALICES"));
        // With the objects at hand, the driver does it.
        if has_driver {
            bob.git("reset -q --hard HEAD~1").ok();
            bob.git("merge -q --no-edit origin/main").ok();
            assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a"), ("BOBS", "b")]));
        }
    }
}

#[test]
fn a_pointer_in_the_place_of_the_vault_is_named_and_its_hints_lead_out() {
    let oid = "359d8c1a1523af9527735795540a6f164aa0e42b1877d21f8d9f3471dbe7d8f0";
    let lfs = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 300\n");
    let table = [
        (lfs.as_str(), "a pointer of Git LFS", "`git lfs install`, then `git lfs pull`", "Git LFS"),
        (
            "/annex/objects/SHA256E-s300--359d8c.age\n",
            "a pointer of git-annex",
            "`git annex get FILE`, then `git annex unannex FILE`",
            "git-annex",
        ),
        ("\0GITCRYPT\0x", "encrypted by git-crypt", "`git-crypt unlock`", "git-crypt"),
        (
            "U2FsdGVkX1/8Zm9v\n",
            "encrypted by transcrypt",
            "`transcrypt`, with the password of the repository",
            "transcrypt",
        ),
    ];
    let team = Team::two();
    let [alice, _] = &team.laptops[..] else { unreachable!() };
    let file = alice.file().canonicalize().unwrap().display().to_string();
    for (text, what, here, program) in table {
        alice.write("acme.age", text);
        let here = here.replace("FILE", &file);
        let add = if program == "git-annex" { "" } else { "--renormalize " };
        let hints = format!(
            "to get the vault: {here}; after that, to keep it out of {program}: `etui git install`, then `git add {add}{file}`"
        );
        for command in ["get A -g", "set A -g --value x", "trust", "list --all", "sync", "member list"] {
            let expected = format!("error: {file} is {what}, not the vault itself\n hint: {hints}");
            alice.etui(command).fails(6, &expected);
        }
        let shown = alice.etui("git textconv acme.age").ok();
        assert!(shown.text().contains(&format!(": is {what}, not the vault itself")), "{}", shown.text());
        let findings = alice.etui("doctor");
        assert!(findings.text().contains(&format!("is {what}")), "{}", findings.text());
    }
}

#[test]
#[ignore = "needs git-lfs"]
fn every_hint_works_with_the_real_git_lfs() {
    let team = Team::of(&["alice"]);
    let alice = &team.laptops[0];
    alice.git("lfs install --skip-repo").ok();
    fs::remove_file(alice.bench.work().join(".git/info/attributes")).unwrap();
    alice.write(".gitattributes", &format!("/acme.age -text merge=etui diff=etui\n{ATTRIBUTES}"));
    alice.git("add --renormalize .").ok();
    alice.git("add .gitattributes").ok();
    alice.commit();
    alice.git("push -q").ok();

    // Bob clones without Git LFS, and finds a pointer.
    let mut bob = Laptop::clone_of(team.hub.path(), "bob");
    bob.bench.etui(["link", "--accept"]).ok();
    fs::create_dir_all(bob.bench.home()).unwrap();
    fs::copy(alice.bench.key(), bob.bench.key()).unwrap();
    bob.who = "alice";
    let outcome = bob.etui("get A -g");
    assert!(outcome.code == 6 && outcome.err.contains("`git lfs install`, then `git lfs pull`"), "{outcome:?}");
    bob.git("lfs install").ok();
    bob.git("lfs pull").ok();
    bob.etui("get A -g").prints("start");
    bob.etui("git install").ok();
    let file = bob.file().canonicalize().unwrap();
    git(&bob, &["add", "--renormalize", file.to_str().unwrap()]).ok();
    bob.git("add .gitattributes").ok();
    bob.set("BOBS", "b");
    bob.commit();
    assert!(bob.git("show HEAD:acme.age").out.starts_with(b"age-encryption.org/v1\n"));

    // Alice changes the vault in Git LFS, and both merge.
    alice.set("ALICES", "a");
    alice.commit();
    alice.git("push -q").ok();
    bob.git("fetch -q").ok();
    let stopped = bob.git("merge -q --no-edit origin/main");
    assert!(stopped.code == 1 && stopped.err.contains("`git lfs fetch --all`, then `etui git resolve`"), "{stopped:?}");
    bob.git("lfs fetch --all").ok();
    bob.etui("git resolve").ok();
    bob.git("commit -q --no-edit").ok();
    assert_eq!(bob.team_values(), map(&[("A", "start"), ("ALICES", "a"), ("BOBS", "b")]));
    bob.git("status --porcelain").prints("");
    // The commit that took it out of Git LFS changed more than the vault.
    bob.etui("sync --all").ok();
    alice.git("pull -q").ok();
    assert_eq!(alice.team_values(), bob.team_values());
    alice.git("status --porcelain").prints("");
}
