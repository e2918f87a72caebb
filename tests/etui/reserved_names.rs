//! Names that run code or redirect trust are refused without `--allow-reserved`. Names with power that people set on
//! purpose get a warning. The lists themselves are tested beside them, in `vault/reserved.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::bench::{Bench, bytes};

const REFUSED: &[(&str, &str)] = &[
    ("PATH", "programs are looked up in it"),
    ("LD_PRELOAD", "the dynamic loader loads libraries from it"),
    ("LD_LIBRARY_PATH", "the dynamic loader loads libraries from it"),
    ("DYLD_INSERT_LIBRARIES", "the dynamic loader loads libraries from it"),
    ("BASH_ENV", "shells run code from it"),
    ("IFS", "shells split words at it"),
    ("GIT_SSH_COMMAND", "git runs a program from it"),
    ("GIT_CONFIG_COUNT", "git runs commands from it"),
    ("GIT_SSL_NO_VERIFY", "it can turn off the check of certificates"),
    ("NODE_OPTIONS", "node loads code from it"),
    ("NODE_TLS_REJECT_UNAUTHORIZED", "it can turn off the check of certificates"),
    ("NODE_EXTRA_CA_CERTS", "node trusts the certificates in it"),
    ("npm_config_script_shell", "npm takes its options from it"),
    ("NPM_CONFIG_REGISTRY", "npm takes its options from it"),
    ("PYTHONSTARTUP", "python loads code from it"),
    ("PYTHONWARNINGS", "python loads code from it"),
    ("PERL5SHELL", "perl runs commands with it"),
    ("PHPRC", "php loads code from it"),
    ("LUA_INIT", "lua runs code from it"),
    ("LUA_INIT_5_4", "lua runs code from it"),
    ("MAKEFLAGS", "make runs commands from it"),
    ("RUSTC_WRAPPER", "cargo runs a program from it"),
    ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", "cargo runs a program from it"),
    ("DOTNET_STARTUP_HOOKS", "dotnet loads code from it"),
    ("OPENSSL_CONF", "OpenSSL loads code from it"),
    ("LESSOPEN", "less runs commands from it"),
    ("BROWSER", "programs run it as the browser"),
    ("ETUI_KEY", "etui itself reads it"),
    ("ETUI_ANYTHING", "etui itself reads it"),
];

/// What a refusal says.
fn refusal(name: &str, reason: &str) -> String {
    let hint = "\n hint: choose another name; or `--allow-reserved` accepts it";
    let hint = if name.starts_with("ETUI_") { "" } else { hint };
    format!("error: {name} is a reserved name: {reason}{hint}")
}

#[test]
fn set_and_create_refuse_reserved_names() {
    let bench = Bench::acme();
    for (name, reason) in REFUSED {
        for verb in ["set", "create"] {
            bench.etui([verb, name, "-g", "--value", "hunter2"]).fails(2, &refusal(name, reason));
        }
    }
    bench.etui(["list", "-g"]).prints("");
    for free in ["ENV", "PATH_TO_X", "GIT_TOKEN", "MY_PATH", "PYTHON", "NPM_TOKEN", "CARGO_TARGET_DIR"] {
        bench.etui(["set", free, "-g", "--value", "x"]).ok().says(&format!("created {free} in team acme"));
    }
}

#[test]
fn every_command_that_makes_a_name_or_an_environment_refuses_it_alike() {
    let bench = Bench::acme();
    bench.set("TOKEN", "x", &["-g"]);
    fs::write(bench.work().join("list"), "MAKEFLAGS=x\n").unwrap();
    fs::write(bench.work().join("spec.yaml"), "MAKEFLAGS: x\n").unwrap();
    let before = bytes(bench.vault());
    let message = refusal("MAKEFLAGS", "make runs commands from it");
    for line in [
        "set MAKEFLAGS -g --value x",
        "create MAKEFLAGS -g --value x",
        "update MAKEFLAGS -g --value x",
        "generate MAKEFLAGS -g",
        "rename TOKEN MAKEFLAGS -g",
        "use TOKEN --as MAKEFLAGS -g",
        "env set MAKEFLAGS x -g",
        "secret create MAKEFLAGS x -g",
        "secrets set team --name MAKEFLAGS --value x",
        "resolve -g --env-file list",
        "resolve -g --spec spec.yaml",
        "run -g --env-file list echo ran",
        "run -g --spec spec.yaml echo ran",
    ] {
        let outcome = bench.etui(line.split(' ')).fails(2, &message);
        assert!(!outcome.text().contains("ran"), "{line}");
    }
    bench
        .etui(["import", "list", "-g"])
        .exits(1, "MAKEFLAGS\trefused\tline 1: MAKEFLAGS is a reserved name: make runs commands from it\n");
    let editor = [("EDITOR", "sh -c 'grep -q MAKEFLAGS \"$0\" || echo MAKEFLAGS=x >> \"$0\"'")];
    let outcome = bench.with(&editor, ["edit", "-g"]);
    assert_eq!((outcome.code, outcome.text()), (1, ""), "{}", outcome.err);
    assert!(outcome.err.contains("MAKEFLAGS is a reserved name: make runs commands from it"), "{}", outcome.err);
    assert_eq!(bytes(bench.vault()), before);

    // A vault that holds one nevertheless, because someone allowed it, is no way around.
    bench.etui(["set", "MAKEFLAGS", "-g", "--value", "x", "--allow-reserved"]).ok();
    for line in ["resolve -g", "resolve -g -j", "run -g echo ran"] {
        assert_eq!(bench.etui(line.split(' ')).code, 2, "{line}");
    }
    bench.etui(["run", "-g", "--except", "MAKEFLAGS", "echo", "ran"]).prints("ran\n");
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
fn commands_that_set_a_value_warn_of_far_reaching_names() {
    let bench = Bench::acme();
    let editor = "warning: EDITOR (programs run it as the editor) goes to every program that gets this environment";
    let proxy =
        "warning: https_proxy (programs choose their proxy by it) goes to every program that gets this environment";
    for (line, says) in [
        ("set EDITOR -g --value vi", format!("{editor}\ncreated EDITOR in team acme")),
        ("set EDITOR -g --value vi", format!("{editor}\nunchanged EDITOR in team acme")),
        ("update EDITOR -g --value ed", format!("{editor}\nupdated EDITOR in team acme")),
        (
            "generate EDITOR -g",
            format!("{editor}\ngenerated a new value for EDITOR in team acme; undo: `etui restore EDITOR -g`"),
        ),
        ("create https_proxy -g --value x", format!("{proxy}\ncreated https_proxy in team acme")),
    ] {
        bench.etui(line.split(' ')).prints("").says(&says);
    }
    // The older grammars print the same results as ever.
    bench.etui(["secret", "create", "PAGER", "x", "-p", "web"]).prints("Created secret \"PAGER\" in project \"web\"\n");
    // A change that did not happen gets no warning.
    let outcome = bench.etui(["create", "EDITOR", "-g", "--value", "x"]);
    assert_eq!(outcome.code, 4);
    assert!(!outcome.err.contains("warning"), "{}", outcome.err);
}

#[test]
fn only_commands_that_set_a_value_warn() {
    let bench = Bench::acme();
    bench.set("EDITOR", "vi", &["-g"]);
    bench.set("HOME", "/x", &["-g"]);
    bench.etui(["resolve", "-g"]).prints("EDITOR=vi\nHOME=/x\n").says("");
    bench.etui(["run", "-g", "printenv", "HOME"]).prints("/x\n").says("");
    bench.etui(["get", "EDITOR", "-g"]).prints("vi").says("");
    bench
        .etui(["copy", "EDITOR", "-g", "--to", "project:web"])
        .says("copied EDITOR from team to project web of team acme");
}

#[test]
fn an_import_warns_in_one_line_of_all_far_reaching_names_that_it_sets() {
    let bench = Bench::acme();
    bench.set("SHELL", "sh", &["-g"]);
    let text = "TOKEN=x\nHTTP_PROXY=p\nno_proxy=n\nKUBECONFIG=k\nSHELL=sh\nHOME=/x\nMAKEFLAGS=x\n";
    let table = "TOKEN\tnew\t\n\
                 HTTP_PROXY\tnew\t\n\
                 no_proxy\tnew\t\n\
                 KUBECONFIG\tnew\t\n\
                 SHELL\tsame\t\n\
                 HOME\tnew\t\n\
                 MAKEFLAGS\trefused\tline 7: MAKEFLAGS is a reserved name: make runs commands from it\n";
    bench.piped(text, ["import", "-", "-g"]).exits(1, table).says(
        "error: 1 of 7 entries was refused; nothing was changed\n \
         hint: fix the file, or use `--skip-refused`",
    );
    let warning = "warning: KUBECONFIG (kubectl connects by it and runs commands from it), \
                   HTTP_PROXY, no_proxy (programs choose their proxy by it) \
                   and HOME (programs find their settings in it) \
                   go to every program that gets this environment";
    for (option, done) in [("--dry-run", "would import"), ("--yes", "imported")] {
        bench
            .piped(text, ["import", "-", "-g", "--skip-refused", option])
            .prints(table)
            .says(&format!("{warning}\n{done} into team acme: 5 new, 1 same and 1 refused"));
    }
    // What an import leaves as it is gets no warning.
    bench.piped(text, ["import", "-", "-g", "--skip-refused"]).says("imported into team acme: 6 same and 1 refused");
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
