//! Files that cannot be replaced because of where they are: mounted by themselves, as containers do it, on a
//! read-only or full file system, or with a flag that forbids changes. Each error says what, where and what
//! to do.

use std::fs;
use std::process::Command;

use crate::bench::{Bench, Outcome, bytes, names};

/// Runs a script as root of a namespace of its own, in which it can mount. `etui` is this program.
fn mounted(bench: &Bench, script: &str) -> Outcome {
    let script = format!("etui() {{ '{}' \"$@\"; }}; {script}", env!("CARGO_BIN_EXE_etui"));
    let mut command = Command::new("unshare");
    bench.as_user(&mut command).args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    Outcome::from(command.output().expect("unshare"))
}

const INSTEAD: &str = "nothing was changed; mount the directory that holds it, and not the file, \
                       as docker does with `-v \"$PWD:/vault\"`";

#[test]
#[ignore = "needs unshare"]
fn a_file_that_is_mounted_by_itself_is_an_error_that_says_to_mount_its_directory() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let work = bench.work().display().to_string();
    let why = "it is a mount of its own, and a mounted file cannot be replaced";
    for name in ["v.age", "out.env", ".etui.toml"] {
        fs::write(bench.work().join(name), "").unwrap();
    }
    let before = bytes(bench.vault());
    let mount = r#"mount --bind "$ETUI_HOME/acme.age" v.age && "#;
    mounted(&bench, &format!("{mount} etui get A -g --vault v.age")).prints("1").says("");
    mounted(&bench, &format!("{mount} etui set A -g --value 2 --vault v.age"))
        .fails(1, &format!("error: cannot write {work}/v.age: {why}\n hint: {INSTEAD}"));
    mounted(&bench, "mount --bind v.age out.env && etui resolve -g -o out.env")
        .fails(1, &format!("error: cannot write {work}/out.env: {why}\n hint: {INSTEAD}"));
    mounted(&bench, "mount --bind v.age .etui.toml && etui link -t acme")
        .fails(1, &format!("error: cannot use {work}/.etui.toml: {why}\n hint: {INSTEAD}"));
    assert_eq!(bytes(bench.vault()), before);
    assert_eq!(names(bench.work()), [".etui.toml", "out.env", "v.age", "v.age.lock"]);

    // Mounted as a directory, as the hint says.
    let home = r#"mkdir vault && mount --bind "$ETUI_HOME" vault && "#;
    mounted(&bench, &format!("{home} etui set A -g --value 2 --vault vault/acme.age"))
        .ok()
        .says("updated A in team acme");
    bench.etui(["get", "A", "-g"]).prints("2");

    // What is seen is not recorded in pins that are mounted by themselves.
    let pins = r#"cp "$ETUI_HOME/state/trust.toml" pins && mount --bind pins "$ETUI_HOME/state/trust.toml" && "#;
    mounted(&bench, &format!("{pins} etui set A -g --value 3")).ok().says(&format!(
        "warning: what was seen of this vault is not recorded: cannot write {}: {why}\nupdated A in team acme",
        bench.pins().display()
    ));
    assert_eq!(names(bench.home().join("state")), ["trust.toml", "trust.toml.lock"]);
}

#[test]
#[ignore = "needs unshare"]
fn a_read_only_file_system_is_an_error_that_says_where_it_is() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let home = bench.home().display().to_string();
    let read_only = r#"mount --bind "$ETUI_HOME" "$ETUI_HOME" && mount -o remount,bind,ro "$ETUI_HOME" && "#;
    let hint = "is mounted read-only; mount it without `ro`, or use a copy of the file elsewhere";
    let refused = format!(
        "error: cannot write {home}/acme.age: read-only file system\n \
         hint: nothing was changed; {home} {hint}"
    );
    mounted(&bench, &format!("{read_only} etui get A -g")).prints("1").says("");
    mounted(&bench, &format!("{read_only} etui set A -g --value 2")).fails(1, &refused);
    fs::remove_file(bench.home().join("acme.age.lock")).unwrap();
    mounted(&bench, &format!("{read_only} etui set A -g --value 2")).fails(1, &refused);
    mounted(&bench, &format!("{read_only} etui resolve -g -o \"$ETUI_HOME/out\"")).fails(
        1,
        &format!(
            "error: cannot write {home}/out: read-only file system\n \
             hint: nothing was changed; {home} {hint}"
        ),
    );
}

#[test]
#[ignore = "needs unshare"]
fn a_key_among_the_secrets_of_a_container_may_have_any_mode() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    // As swarm, podman and compose mount a secret.
    let secrets = "mount -t tmpfs none /run && mkdir -p /run/secrets/more && \
                   cp \"$ETUI_HOME/identity.txt\" /run/secrets/etui_key && cp /run/secrets/etui_key /run/key && \
                   chmod 0444 /run/secrets/etui_key /run/key && export ETUI_KEY_FILE=/run/";
    mounted(&bench, &format!("{secrets}secrets/etui_key; etui get A -g")).prints("1").says("");
    mounted(&bench, &format!("{secrets}key; etui get A -g"))
        .fails(5, "error: others can read the key /run/key\n hint: `chmod 600 /run/key`");
}

#[test]
#[ignore = "needs root and chattr"]
fn an_immutable_file_or_directory_is_an_error_with_the_command_that_clears_the_flag() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let (vault, home) = (bench.vault().display().to_string(), bench.home().display().to_string());
    for (set, immutable) in [("i", &vault), ("i", &home), ("a", &home)] {
        let change = |flag: &str| {
            let status = Command::new("chattr").args([flag, immutable]).status().expect("chattr");
            assert!(status.success());
        };
        change(&format!("+{set}"));
        let outcome = bench.etui(["set", "A", "-g", "--value", "2"]);
        change(&format!("-{set}"));
        outcome.fails(
            1,
            &format!(
                "error: cannot write {vault}: operation not permitted\n \
                 hint: nothing was changed; `lsattr -d {home} {vault}` shows whether a flag forbids it; \
                 `sudo chattr -ia {home} {vault}` clears it"
            ),
        );
    }
    bench.etui(["set", "A", "-g", "--value", "2"]).ok();
    // A directory that only takes new files keeps even a temporary one until it takes the others, too.
    assert_eq!(names(bench.home()), ["acme.age", "acme.age.lock", "identity.txt", "state"]);
}
