//! Names that change how programs are loaded or found are refused without `--allow-reserved`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::bench::Bench;

const RESERVED: &[&str] = &[
    "PATH",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "BASH_ENV",
    "IFS",
    "GIT_SSH_COMMAND",
    "NODE_OPTIONS",
    "PYTHONSTARTUP",
    "ETUI_KEY",
    "ETUI_VAULT",
    "ETUI_ANYTHING",
];

#[test]
fn set_refuses_reserved_names() {
    let bench = Bench::acme();
    for name in RESERVED {
        for verb in ["set", "create"] {
            let outcome = bench.etui([verb, name, "-g", "--value", "hunter2"]);
            assert_eq!((outcome.code, outcome.text()), (2, ""), "{verb} {name}: {}", outcome.err);
            assert!(outcome.err.contains(name), "{}", outcome.err);
        }
    }
    bench.etui(["list", "-g"]).prints("");
    for free in ["ENV", "PATH_TO_X", "GIT_TOKEN", "MY_PATH", "PYTHON"] {
        bench.etui(["set", free, "-g", "--value", "x"]).ok();
    }
}

#[test]
fn allow_reserved_accepts_all_but_etuis_own_names() {
    let bench = Bench::acme();
    bench.etui(["set", "NODE_OPTIONS", "-g", "--value", "x", "--allow-reserved"]).ok();
    for verb in [&["resolve"][..], &["run", "true"]] {
        let outcome = bench.etui(verb);
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{verb:?}: {}", outcome.err);
    }
    bench.etui(["resolve", "--allow-reserved"]).prints("NODE_OPTIONS=x\n");
    bench.etui(["run", "--allow-reserved", "sh", "-c", "echo $NODE_OPTIONS"]).prints("x\n");
    assert_eq!(
        bench.etui(["set", "ETUI_KEY", "-g", "--value", "x", "--allow-reserved"]).code,
        2,
        "etui's own names are always refused"
    );
}

#[test]
fn a_path_from_the_vault_does_not_choose_the_command() {
    let bench = Bench::acme();
    // `env PATH=… CMD` would look CMD up in the new path; `run` uses the caller's path.
    let elsewhere = bench.work().join("bin");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("true"), "#!/bin/sh\necho hijacked\n").unwrap();
    fs::set_permissions(elsewhere.join("true"), fs::Permissions::from_mode(0o755)).unwrap();
    let set = bench.etui(["set", "PATH", "-g", "--value", elsewhere.to_str().unwrap()]);
    let outcome = bench.etui(["run", "true"]);
    assert!(set.code == 2 || !outcome.text().contains("hijacked"), "{outcome:?}");
}
