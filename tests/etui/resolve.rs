//! `resolve`: prints the merged environment in the chosen format.

use std::fs;

use crate::bench::{Bench, bytes, names};

/// Values with special characters of a shell.
const VALUES: [(&str, &str); 6] = [
    ("BARE", "postgres://u:p@h:5432/db?x=1"),
    ("DOLLAR", "a$HOME`id`\"q\" \\ \\n"),
    ("EMPTY", ""),
    ("LINES", "one\ntwo\n\n"),
    ("QUOTE", "it's $5 and 'more'"),
    ("SNOW", "☃ é"),
];

fn web() -> Bench {
    let bench = Bench::acme();
    for (name, value) in VALUES {
        bench.set(name, value, &["-p", "web"]);
    }
    bench
}

#[test]
fn prints_each_format() {
    let bench = Bench::acme();
    bench.set("A", "plain", &["-g"]);
    bench.set("B", "it's 2", &["-p", "web"]);
    let web = |format: &str| bench.etui(["resolve", "-p", "web", "--format", format]).ok().text().to_owned();
    assert_eq!(web("dotenv"), "A=plain\nB=\"it's 2\"\n");
    assert_eq!(web("shell"), "export A='plain'\nexport B='it'\\''s 2'\n");
    assert_eq!(web("json"), "{\n  \"A\": \"plain\",\n  \"B\": \"it's 2\"\n}\n");
    assert_eq!(web("null"), "A=plain\0B=it's 2\0");
    bench.etui(["resolve", "-p", "web"]).prints(&web("dotenv")).says("");
    bench.etui(["resolve", "-p", "web", "-j"]).prints(&web("json")).says("");
    assert_eq!(web("fish"), "set -gx A 'plain'\nset -gx B 'it\\'s 2'\n");
    assert_eq!(web("powershell"), "$env:A = 'plain'\n$env:B = 'it''s 2'\n");
    assert_eq!(web("yaml"), "\"A\": \"plain\"\n\"B\": \"it's 2\"\n");
    assert_eq!(web("docker"), "A=plain\nB=it's 2\n");
    assert_eq!(web("systemd"), "A=\"plain\"\nB=\"it's 2\"\n");
    assert_eq!(web("github"), "A=plain\nB=it's 2\n");
    let manifest = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"env\"\ntype: Opaque\n\
                    data:\n  \"A\": \"cGxhaW4=\"\n  \"B\": \"aXQncyAy\"\n";
    bench.etui(["resolve", "-p", "web", "--format", "k8s", "--name", "env"]).prints(manifest).says("");
    for (consumer, line) in [("node", "B=`it's 2`\n"), ("python", "B='it\\'s 2'\n"), ("compose", "B=\"it's 2\"\n")] {
        bench.etui(["resolve", "-p", "web", "--only", "B", "--reader", consumer]).prints(line).says("");
    }
    let format = bench.etui(["resolve", "--format", "jsno"]);
    assert_eq!((format.code, format.text()), (2, ""));
}

#[test]
fn names_consumers_that_would_misread_a_value_and_refuses_what_they_would_run() {
    let bench = Bench::acme();
    bench.set("A", "pa$word", &["-g"]);
    bench.etui(["resolve"]).prints("A='pa$word'\n").says(
        "warning: A would be misread by Vite, Next, Bun and dotenv-expand; name your program with `--reader node`, `python` or `compose`",
    );
    bench.set("B", "it's $5", &["-p", "web"]);
    bench.etui(["resolve", "-p", "web"]).ok().says(
        "warning: A and B would be misread by npm dotenv, node, python-dotenv and 9 others; \
         name your program with `--reader node`, `python` or `compose` (`-l debug` has the details)",
    );
    let outcome = bench.etui(["resolve", "-p", "web", "-l", "debug"]).ok();
    for line in [
        "debug: A would be misread by Vite, Next, Bun and dotenv-expand\n",
        "debug: B would be misread by npm dotenv, node, python-dotenv, Vite, Next, Bun, direnv, dotenv-expand, env-cmd, ",
    ] {
        assert!(outcome.err.contains(line), "{}", outcome.err);
    }
    bench.etui(["resolve", "-p", "web", "--reader", "node"]).ok().says("");
    bench.etui(["delete", "B", "-p", "web"]).ok();
    bench.etui(["resolve", "--format", "shell"]).prints("export A='pa$word'\n").says("");
    bench.set("A", "$(id)", &["-g"]);
    bench.etui(["resolve"]).fails(
        1,
        "error: dotenv cannot hold A: dotenv-expand would run its `$(…)` as a command\n \
         hint: name the consumer with `--reader node`, `python` or `compose`, or use `--format shell`; or `--except A` leaves it out",
    );
    bench.etui(["resolve", "--reader", "compose"]).prints("A='$(id)'\n").says("");
    bench.set("A", "two\nlines", &["-g"]);
    bench.etui(["resolve", "--format", "docker"]).fails(
        1,
        "error: docker cannot hold A: it contains a newline\n hint: use `--format json` or `etui run -- docker run -e NAME`; or `--except A` leaves it out",
    );
}

#[test]
fn format_options_need_their_format() {
    let bench = Bench::acme();
    bench
        .etui(["resolve", "--format", "k8s"])
        .fails(2, "error: a Kubernetes Secret needs a name\n hint: `--format k8s --name web-env`");
    bench
        .etui(["resolve", "--format", "json", "--reader", "node"])
        .fails(2, "error: `--reader` works with `--format dotenv` only\n hint: `--format dotenv`");
    bench.etui(["resolve", "--name", "x"]).fails(
        2,
        "error: `--name` works with `--format k8s` only\n \
         hint: `--format k8s`",
    );
}

#[test]
fn a_kubernetes_secret_follows_the_rules_of_kubernetes() {
    let bench = Bench::acme();
    bench.set("A", "plain", &["-g"]);
    let resolve = |name: &str| bench.etui(["resolve", "--format", "k8s", "--name", name]);
    let characters = "it may consist of lower-case letters, digits, `-` and `.`";
    let edges = "it, and each part between dots, must begin and end with a letter or a digit";
    let long = "x".repeat(254);
    for (name, why, near) in [
        ("My_Sec", characters, "my-sec"),
        ("web env", characters, "web-env"),
        ("web/env", characters, "web-env"),
        ("Wéb", characters, "w-b"),
        ("Web.Env", characters, "web-env"),
        ("__", characters, "web-env"),
        ("web\n", characters, "web"),
        ("", edges, "web-env"),
        ("web-", edges, "web"),
        (".web", edges, "web"),
        ("web..env", edges, "web-env"),
        ("web.-env", edges, "web-env"),
        (&long, "it is longer than 253 characters", "web-env"),
    ] {
        resolve(name).fails(
            2,
            &format!("error: not a name for a Kubernetes Secret: {why}\n hint: `--format k8s --name {near}`"),
        );
        assert_eq!(resolve(near).code, 0, "{near}");
    }
    for name in ["1", "web.env", "a-1.b-2", &long[1..]] {
        assert_eq!(resolve(name).code, 0, "{name}");
    }

    // Keys: a spec may list names that no vault has.
    for (name, why) in [
        ("..data", "a key of a Secret is not `.` and does not begin with `..`"),
        (".", "a key of a Secret is not `.` and does not begin with `..`"),
        (&long, "a key of a Secret has at most 253 characters"),
    ] {
        fs::write(bench.work().join("spec.yaml"), format!("'{name}': x\n")).unwrap();
        bench.etui(["resolve", "--spec", "spec.yaml", "--format", "k8s", "--name", "web"]).fails(
            1,
            &format!("error: k8s cannot hold {name}: {why}\n hint: choose another name, or use `--format json`; or `--except {name}` leaves it out"),
        );
    }
    fs::write(bench.work().join("spec.yaml"), "'.dockerconfigjson': x\n'tls.crt': x\n'a..b': x\n").unwrap();
    bench.etui(["resolve", "--spec", "spec.yaml", "--format", "k8s", "--name", "web"]).ok();

    // Its size: `kubectl apply` has a limit of its own.
    bench.piped("x".repeat(200_000), ["set", "BIG", "-g"]).ok();
    let outcome = resolve("web").ok();
    outcome.says(
        "warning: kubectl apply cannot keep its copy of a Secret this large: use `kubectl apply --server-side -f -`",
    );
    bench.piped("x".repeat(1 << 20), ["set", "BIGGER", "-g"]).ok();
    resolve("web").fails(
        1,
        "error: k8s cannot hold BIGGER: with it, the values are larger than 1,048,576 bytes, the limit of a Secret\n \
         hint: print several Secrets, each with `--only NAME,…` and a `--name` of its own; or `--except BIGGER` leaves it out",
    );
    bench.etui(["resolve", "--format", "k8s", "--name", "web", "--only", "BIGGER"]).ok();
}

#[test]
fn a_shell_reads_back_what_was_stored() {
    let bench = web();
    for script in [
        "eval \"$(etui resolve -p web --format shell)\"",
        "set -a; eval \"$(etui resolve -p web)\"",
        "etui resolve -p web >.env; set -a; . ./.env",
    ] {
        let all = VALUES.map(|(name, _)| name).join(" ");
        let script = format!("{script}; for n in {all}; do eval \"printf '%s\\0' \\\"\\$$n\\\"\"; done");
        // `$(…)` drops trailing newlines, but those of a value are inside quotes.
        let expected: String = VALUES.iter().map(|(_, value)| format!("{value}\0")).collect();
        bench.sh(&script).prints(&expected);
    }
}

#[test]
fn the_null_format_is_that_of_env_and_xargs() {
    let bench = web();
    let resolved = bench.etui(["resolve", "-p", "web", "--format", "null"]).ok();
    let run = bench.etui(["run", "-p", "web", "--clean-env", "--", "env", "-0"]).ok();
    let mut from_run: Vec<&str> = run.text().split_terminator('\0').collect();
    from_run.retain(|pair| VALUES.iter().any(|(name, _)| pair.split('=').next() == Some(name)));
    from_run.sort_unstable();
    assert_eq!(resolved.text().split_terminator('\0').collect::<Vec<_>>(), from_run);
}

#[test]
fn only_selects_names() {
    let bench = web();
    for only in [&["--only", "EMPTY,BARE"][..], &["--only", "BARE", "--only=EMPTY"]] {
        let arguments = ["resolve", "-p", "web"].iter().chain(only);
        bench.etui(arguments).prints("BARE='postgres://u:p@h:5432/db?x=1'\nEMPTY=''\n").says("");
    }
    bench
        .etui(["resolve", "-p", "web", "--only", "BARE,QUOTES"])
        .fails(3, "error: QUOTES is not set in project web of team acme\n hint: did you mean QUOTE?");
    bench.etui(["resolve", "-p", "web", "--only", "B-B"]).fails(
        2,
        "error: not a secret name: character 2 is not allowed\n \
         hint: a letter, then letters, digits and `_`: `DATABASE_URL`",
    );
}

#[test]
fn an_empty_environment_is_no_error() {
    let bench = Bench::acme();
    for (format, text) in [("dotenv", ""), ("shell", ""), ("null", ""), ("json", "{}\n")] {
        bench.etui(["resolve", "--format", format]).prints(text).says("note: no project is chosen, so only the secrets of team acme apply: `etui link -p PROJECT` chooses one; or use `-g`, if you mean the team alone");
    }
}

#[test]
fn binary_values_are_printed_as_base64() {
    let bench = Bench::acme();
    bench.set("BYTES", b"\xff\0a", &["-g"]);
    bench.etui(["resolve"]).prints("BYTES=/wBh\n");
    assert_eq!(bench.etui(["get", "BYTES"]).ok().out, b"\xff\0a");
    bench.etui(["run", "sh", "-c", "printf %s $BYTES"]).prints("/wBh");
}

#[test]
fn reading_writes_nothing() {
    let bench = web();
    let before = bytes(bench.vault());
    let listed = names(bench.home());
    for arguments in [&["resolve", "-p", "web"][..], &["get", "BARE", "-p", "web"], &["list", "--all"], &["explain"]] {
        bench.etui(arguments).ok();
    }
    assert_eq!((bytes(bench.vault()), names(bench.home())), (before, listed));
}
