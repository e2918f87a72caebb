//! `resolve` and entries that are files: left out, refused, or written into a directory.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::bench::{Bench, bytes, names};

/// A vault with a secret of bytes, another one, and an entry that gives each as a file.
fn bench() -> Bench {
    let bench = Bench::acme();
    bench.set("CERT", b"pem\xff\n", &["-g"]);
    bench.set("KEY", "key", &["-g"]);
    bench.etui(["use", "CERT", "--as", "CERT_FILE", "--as-file", "-g"]).ok();
    bench.etui(["use", "KEY", "--as", "KEY_FILE", "--as-file", "-g"]).ok();
    bench.etui(["env", "set", "LEVEL", "info", "-g"]).ok();
    bench
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

const ONE: &str = "note: CERT_FILE is left out, since it is a file: `--files DIR` writes it";
const BOTH: &str = "note: CERT_FILE and KEY_FILE are left out, since they are files: `--files DIR` writes them";

#[test]
fn files_are_left_out_with_a_note_that_names_them() {
    let bench = bench();
    bench.etui(["resolve", "--only", "LEVEL,CERT_FILE"]).prints("LEVEL=info\n").says(ONE);
    bench.etui(["resolve", "--except", "CERT,KEY"]).prints("LEVEL=info\n").says(BOTH);
    bench.etui(["resolve", "--except", "CERT,KEY", "-j"]).prints("{\n  \"LEVEL\": \"info\"\n}\n").says(BOTH);
    bench.etui(["resolve", "--except", "CERT,KEY,CERT_FILE,KEY_FILE"]).prints("LEVEL=info\n").says("");
    bench.etui(["resolve", "--only", "CERT_FILE", "-o", ".env"]).prints("").says(ONE);
    assert_eq!(bytes(bench.work().join(".env")), b"");
    for format in ["shell", "fish", "powershell", "yaml", "docker", "systemd", "null"] {
        bench.etui(["resolve", "--only", "CERT_FILE", "--format", format]).ok().says(ONE);
    }
}

#[test]
fn strict_refuses_to_leave_a_file_out() {
    let bench = bench();
    let refused = "error: CERT_FILE and KEY_FILE are files, which the text cannot hold\n \
         hint: `--files DIR` writes them; or `--except CERT_FILE,KEY_FILE` leaves them out; or `etui run -- COMMAND`";
    bench.etui(["resolve", "--strict"]).fails(1, refused);
    bench.etui(["resolve", "--strict", "-o", ".env"]).fails(1, refused);
    assert_eq!(names(bench.work()), [""; 0]);
    bench.etui(["resolve", "--strict", "--only", "KEY_FILE", "-j"]).fails_in_json(
        1,
        &serde_json::json!({"error": {
            "code": "needs_run",
            "exit": 1,
            "message": "KEY_FILE is a file, which the text cannot hold",
            "hint": "`--files DIR` writes it; or `--except KEY_FILE` leaves it out; or `etui run -- COMMAND`"
        }}),
    );
    bench.etui(["resolve", "--strict", "--only", "LEVEL"]).prints("LEVEL=info\n").says("");
    bench.etui(["resolve", "--strict", "--files", "certs"]).ok().says("");
}

#[test]
fn files_are_written_exactly_and_for_their_owner_alone() {
    let bench = bench();
    let work = bench.work().display().to_string();
    let only = ["--only", "CERT_FILE,LEVEL", "--files"];
    for (directory, path) in [("certs", "certs"), ("./a/b/", "a/b"), (&format!("{work}/c"), "c"), (".", "")] {
        let path = Path::new(&work).join(path).join("CERT_FILE");
        let text = format!("CERT_FILE={}\nLEVEL=info\n", path.display());
        for _ in 0..2 {
            bench.etui(["resolve"].iter().chain(&only).chain(&[directory])).prints(&text).says("");
            assert_eq!((bytes(&path), mode(&path)), (b"pem\xff\n".to_vec(), 0o600), "{directory}");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        assert_eq!(names(path.parent().unwrap()).iter().filter(|name| *name != "certs").count(), {
            // The directories that the lines above made stand beside the file.
            if directory == "." { 3 } else { 1 }
        });
    }
    assert_eq!(["certs", "a", "a/b", "c"].map(|made| mode(bench.work().join(made))), [0o700; 4]);
}

#[test]
fn every_format_and_the_output_file_get_the_paths() {
    let bench = bench();
    let path = bench.work().join("certs/KEY_FILE").display().to_string();
    let resolve = |more: &[&str]| {
        bench.etui(["resolve", "--only", "KEY_FILE", "--files", "certs"].iter().chain(more)).ok().says("")
    };
    assert_eq!(resolve(&["-j"]).document(), serde_json::json!({"KEY_FILE": path}));
    resolve(&["--format", "shell"]).prints(&format!("export KEY_FILE='{path}'\n"));
    resolve(&["-o", ".env"]).prints("");
    assert_eq!(bytes(bench.work().join(".env")), format!("KEY_FILE={path}\n").as_bytes());
    bench.sh("set -a; . ./.env; cat $KEY_FILE").prints("key");
}

#[test]
fn a_spec_cannot_write_outside_of_the_directory() {
    let bench = bench();
    fs::write(bench.work().join("spec.yaml"), "'../x': file:KEY\n'/etc/x': file:KEY\nKEY_FILE: file:KEY\n").unwrap();
    let outcome = bench.etui(["resolve", "--spec", "spec.yaml", "-j", "--files", "out"]).ok();
    let at = |name: &str| bench.work().join("out").join(name).display().to_string();
    let expected = serde_json::json!({"../x": at("_0"), "/etc/x": at("_1"), "KEY_FILE": at("KEY_FILE")});
    assert_eq!(outcome.document(), expected);
    assert_eq!(names(bench.work().join("out")), ["KEY_FILE", "_0", "_1"]);
}

#[test]
fn git_must_not_commit_a_file() {
    let bench = bench();
    bench.sh("git init -q . && git config user.name a && git config user.email a@b").ok();
    let refused = |file: &str, hint: &str| {
        format!(
            "error: {file} was not written: git would add it, since no `.gitignore` names it\n \
             hint: `{hint}`; or `--force` writes it nevertheless"
        )
    };
    let resolve = |more: &[&str]| bench.etui(["resolve", "--only", "KEY_FILE"].iter().chain(more));
    for (directory, file, hint) in [
        ("certs", "certs/KEY_FILE", "echo certs/ >> .gitignore"),
        ("a/b", "a/b/KEY_FILE", "echo b/ >> .gitignore"),
        (".", "./KEY_FILE", "echo KEY_FILE >> .gitignore"),
    ] {
        resolve(&["--files", directory]).fails(4, &refused(file, hint));
        assert_eq!(names(bench.work()), [".git"]);
        bench.sh(hint).ok();
        resolve(&["--files", directory]).ok().says("");
        bench.sh(&format!("git add . && rm .gitignore && rm -f {file} && git rm -qf --cached .gitignore")).ok();
        bench.sh("rmdir certs a/b a 2>/dev/null; true").ok();
    }
    let absolute = bench.work().join("certs").display().to_string();
    let list = bench.work().join(".gitignore").display().to_string();
    resolve(&["--files", &absolute])
        .fails(4, &refused(&format!("{absolute}/KEY_FILE"), &format!("echo certs/ >> {list}")));

    resolve(&["--files", "certs", "--force"]).ok().says("");
    bench.sh("git add certs && git commit -qm certs && echo certs >> .gitignore").ok();
    resolve(&["--files", "certs"]).fails(
        4,
        "error: certs/KEY_FILE was not written: git tracks it\n \
         hint: `git rm --cached certs/KEY_FILE`, and add it to `.gitignore`; or `--force` writes it nevertheless",
    );
    bench
        .etui(["resolve", "--force"])
        .fails(2, "error: `--force` needs a file to write\n hint: `--output FILE`; or `--files DIR`");
    bench.etui(["resolve", "--files", ""]).fails(2, "error: `--files` needs a value\n hint: `etui resolve --help`");
}

#[test]
fn a_link_in_a_repository_leads_no_secret_out_of_it() {
    let bench = bench();
    bench.sh("git init -q . && git config user.name a && git config user.email a@b").ok();
    fs::create_dir_all(bench.home().join("web")).unwrap();
    fs::write(bench.home().join("profile"), "mine").unwrap();
    let home = bench.home().display().to_string();
    let link = |to: &str, at: &str| symlink(to, bench.work().join(at)).unwrap();
    link(&format!("{home}/profile"), ".env");
    link(&home, "home");
    link("home/web", "certs");
    link(&format!("{home}/none"), "none");
    link(".git/hooks/pre-push", "hook");
    link("kept/.env", "inside");
    fs::write(bench.work().join(".gitignore"), "kept/\n").unwrap();
    fs::create_dir(bench.work().join("kept")).unwrap();
    bench.sh("git add . && git commit -qm links").ok();

    let resolve = |more: &[&str]| bench.etui(["resolve", "--only", "KEY_FILE,LEVEL"].iter().chain(more));
    let refused = |file: &str, link: &str| {
        let link = bench.work().join(link).display().to_string();
        format!(
            "error: {file} was not written: git tracks the symbolic link {link}, which leads elsewhere\n \
             hint: name the file itself; or `--force` writes it nevertheless"
        )
    };
    for (more, file, link) in [
        (&["--files", "certs"][..], "certs/KEY_FILE", "certs"),
        (&["--files", "home/web"], "home/web/KEY_FILE", "home"),
        (&["--strict", "--files", "home/new"], "home/new/KEY_FILE", "home"),
        (&["-o", ".env"], ".env", ".env"),
        (&["-o", "none"], "none", "none"),
        (&["-o", "hook"], "hook", "hook"),
        (&["-o", ".env", "--format", "github"], ".env", ".env"),
    ] {
        resolve(more).fails(4, &refused(file, link));
    }
    assert_eq!(bytes(bench.home().join("profile")), b"mine");
    assert_eq!(names(bench.home().join("web")), [""; 0]);
    assert!(!bench.home().join("none").exists() && !bench.work().join(".git/hooks/pre-push").exists());

    // A link inside of the repository, one of the user's own, and one that the user wants.
    resolve(&["-o", "inside"]).ok();
    assert_eq!(bytes(bench.work().join("kept/.env")), b"LEVEL=info\n");
    fs::write(bench.work().join(".gitignore"), "own\n").unwrap();
    link(&format!("{home}/web"), "own");
    resolve(&["--files", "own"]).ok();
    resolve(&["--files", "certs", "--force"]).ok();
    assert_eq!(names(bench.home().join("web")), ["KEY_FILE"]);
}

#[test]
fn a_failure_leaves_nothing_half_written() {
    let bench = bench();
    bench.set("LATER", "$(id)", &["-g"]);
    let resolve = |more: &[&str]| bench.etui(["resolve", "--files", "certs"].iter().chain(more));
    let nothing = || assert_eq!(names(bench.work()), [""; 0]);
    // The format refuses a value.
    assert_eq!(resolve(&[]).code, 1);
    nothing();
    // The output cannot be written.
    assert_eq!(resolve(&["--except", "LATER", "-o", "none/.env"]).code, 1);
    nothing();
    // One of the files cannot be: another is not replaced.
    fs::create_dir_all(bench.work().join("certs/KEY_FILE")).unwrap();
    fs::write(bench.work().join("certs/CERT_FILE"), "old").unwrap();
    let work = bench.work().display().to_string();
    resolve(&["--except", "LATER", "-o", ".env"])
        .fails(1, &format!("error: cannot write {work}/certs/KEY_FILE: is a directory"));
    assert_eq!(
        (bytes(bench.work().join("certs/CERT_FILE")), names(bench.work())),
        (b"old".into(), vec!["certs".into()])
    );
    assert_eq!(names(bench.work().join("certs")), ["CERT_FILE", "KEY_FILE"]);
    // The directory is a file.
    bench.sh("rm -r certs; echo x > certs").ok();
    assert_eq!(resolve(&["--except", "LATER"]).code, 1);
    assert_eq!(bytes(bench.work().join("certs")), b"x\n");
    // The file is the vault, by a symbolic link.
    bench.sh("rm certs; mkdir certs").ok();
    symlink(bench.vault(), bench.work().join("certs/KEY_FILE")).unwrap();
    let before = bytes(bench.vault());
    assert_eq!(resolve(&["--except", "LATER"]).code, 4);
    assert_eq!(bytes(bench.vault()), before);
}

#[test]
fn a_full_disk_leaves_the_old_files() {
    let bench = bench();
    bench.etui(["resolve", "--only", "CERT_FILE,KEY_FILE", "--files", "certs", "-o", ".env"]).ok();
    let before = bytes(bench.work().join(".env"));
    bench.set("CERT", "new", &["-g"]);
    bench.set("KEY", vec![b'x'; 100_000], &["-g"]);
    let script = "trap '' XFSZ; ulimit -f 16; etui resolve --only CERT_FILE,KEY_FILE --files certs -o .env";
    let outcome = bench.sh(script);
    assert!(outcome.code == 1 && outcome.err.contains("KEY_FILE: file too large"), "{outcome:?}");
    assert_eq!(bytes(bench.work().join("certs/CERT_FILE")), b"pem\xff\n");
    assert_eq!(bytes(bench.work().join("certs/KEY_FILE")), b"key");
    assert_eq!((bytes(bench.work().join(".env")), names(bench.work().join("certs")).len()), (before, 2));
}

#[test]
fn except_takes_the_names_that_only_takes() {
    let bench = bench();
    bench
        .etui(["resolve", "--except", "LEVLE"])
        .fails(3, "error: LEVLE is not set in team acme\n hint: did you mean LEVEL?");
    bench.etui(["resolve", "--except", "A-B"]).fails(
        2,
        "error: not a secret name: character 2 is not allowed\n \
         hint: a letter, then letters, digits and `_`: `DATABASE_URL`",
    );
    assert_eq!(bench.etui(["resolve", "--only", "KEY", "--except", "LEVEL"]).code, 2);
    // Nothing is resolved for a name that is left out.
    bench.etui(["env", "set", "BROKEN", "secret:GONE", "-g"]).ok();
    bench.etui(["resolve", "--except", "BROKEN,CERT,CERT_FILE,KEY_FILE"]).prints("KEY=key\nLEVEL=info\n");
    fs::write(bench.work().join("list"), "A=1\nB=secret:GONE\n").unwrap();
    bench.etui(["resolve", "--env-file", "list", "--except", "B"]).prints("A=1\n").says("");
    bench
        .etui(["resolve", "--env-file", "list", "--except", "BB"])
        .fails(3, "error: list does not list BB\n hint: did you mean B?");
}

#[test]
fn check_counts_a_file_as_a_value() {
    let bench = bench();
    bench.piped("CERT_FILE=\nLEVEL=\n", ["check", "-", "-g"]).prints("").says("all 2 names of - are set in team acme");
}
