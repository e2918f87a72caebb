//! `redact`: replaces values in its input by their names; and `run --redact` in pipes.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use sha2::{Digest as _, Sha256};

use crate::bench::{Bench, feed};

fn web() -> Bench {
    let bench = Bench::linked();
    bench.set("WEB_KEY", "sk_live_9fK2mQ8sLw3T", &["-p", "web"]);
    bench.set("API_KEY", "sk_live_of-the-api-1", &["-p", "api"]);
    bench.set("DB", "postgres://gpu:p%40ss@db/1", &["-c", "gpu"]);
    bench.set("DB", "postgres://team:pass@db/1", &["-g"]);
    bench
}

#[test]
fn each_value_of_the_vault_is_replaced_by_its_name() {
    let bench = web();
    let redact = |scope: &[&str], text: &str| {
        let outcome = bench.piped(text, ["redact"].iter().chain(scope)).ok().says("");
        outcome.text().to_owned()
    };
    let text = "a sk_live_9fK2mQ8sLw3T,sk_live_of-the-api-1\npostgres://gpu:p%40ss@db/1 postgres://team:pass@db/1";
    assert_eq!(redact(&[], text), "a [WEB_KEY],[API_KEY]\n[DB] [DB]");
    assert_eq!(redact(&["-p", "api", "-c", "gpu"], text), "a [WEB_KEY],[API_KEY]\n[DB] [DB]");
    assert_eq!(redact(&["-g"], "postgres://team:pass@db/1\n"), "[DB]\n");
    assert_eq!(redact(&[], "c2tfbGl2ZV85ZksybVE4c0x3M1Q= sk%5Flive%5F9fK2mQ8sLw3T"), "[WEB_KEY]Q= [WEB_KEY]");
    assert_eq!(redact(&[], ""), "");
    let bytes = b"\xff\0sk_live_9fK2mQ8sLw3T\xfe";
    assert_eq!(feed(&mut bench.command(["redact"]), bytes).out, b"\xff\0[WEB_KEY]\xfe");
}

#[test]
fn values_that_are_too_short_are_reported_once() {
    let bench = web();
    bench.set("PIN", "123456", &["-p", "web"]);
    let note = "note: 1 secret of fewer than 8 characters cannot be redacted";
    bench.piped("123456\n".repeat(3), ["redact"]).prints("123456\n123456\n123456\n").says(note);
}

#[test]
fn a_prompt_is_shown_before_its_answer() {
    let bench = web();
    let mut child = bench.command(["redact"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for (piece, shown) in [("Name: ", "Name: "), ("sk_live_9fK2mQ8sLw3T", "[WEB_KEY]"), ("so sk? ", "so sk? ")] {
        input.write_all(piece.as_bytes()).unwrap();
        let mut read = vec![0; shown.len()];
        output.read_exact(&mut read).unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), shown);
    }
    // The rest is held back because it may become a value, until the input ends.
    input.write_all(b"sk_live_9f").unwrap();
    drop(input);
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "sk_live_9f");
    assert!(child.wait().unwrap().success());
}

#[test]
fn large_inputs_are_redacted_exactly() {
    let bench = web();
    let pem: String = (0..40)
        .map(|line: u8| {
            format!(
                "{:x}
",
                Sha256::digest([line])
            )
        })
        .collect();
    bench.set("PEM", &pem, &["-p", "web"]);
    let (mut text, mut shown) = (String::new(), String::new());
    for round in 0..20_000 {
        let gap = "x".repeat(round % 61);
        let (value, name) =
            [("sk_live_9fK2mQ8sLw3T", "[WEB_KEY]"), (pem.trim_end(), "[PEM]"), ("sk_live_9f", "sk_live_9f")]
                [if round % 100 == 0 { 1 } else { round % 2 * 2 }];
        text += &format!("{gap}{value}\n");
        shown += &format!("{gap}{name}\n");
    }
    let outcome = bench.piped(&text, ["redact"]).ok();
    assert!(outcome.text() == shown, "{} bytes became {} and not {}", text.len(), outcome.out.len(), shown.len());
}

#[test]
fn a_closed_output_is_no_error() {
    web().sh("yes | etui redact | head -n 1").prints("y\n").says("");
}

#[test]
fn without_the_vault_nothing_is_passed_through() {
    let bench = Bench::new();
    let outcome = bench.piped("text", ["redact"]);
    assert_eq!((outcome.code, outcome.text()), (2, ""), "{}", outcome.err);
}

/// A kubeconfig: most of its lines stand in other people's files too.
const KUBECONFIG: &str = "apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTi9fK2mQ8sLw3TxY7zRb4NcV6hJp1GdE5uAq
    server: https://127.0.0.1:6443
  name: kind-kind
current-context: kind-kind
users:
- name: kind-kind
  user:
    token: eyJhbGciOiJSUzI1NiIsImtpZCI6Ik9fK2mQ8sLw3T
";

#[test]
fn a_line_of_a_value_counts_where_it_is_a_line_that_others_do_not_have() {
    let bench = web();
    bench.set("KC", KUBECONFIG, &["-g"]);
    let token = "token: eyJhbGciOiJSUzI1NiIsImtpZCI6Ik9fK2mQ8sLw3T";
    for (text, shown) in [
        (KUBECONFIG.to_owned(), "[KC]\n".to_owned()),
        (KUBECONFIG.replace('\n', "\r\n"), "[KC]\r\n".to_owned()),
        (serde_json::to_string(KUBECONFIG).unwrap(), r#""[KC]\n""#.to_owned()),
        (format!("a\n{token}\nb"), "a\n[KC]\nb".to_owned()),
        (format!("    {token}  \r\nb"), "    [KC]  \r\nb".to_owned()),
        (format!("web-1  | {token}\n[web] {token}\n+{token}"), "web-1  | [KC]\n[web] [KC]\n+[KC]".to_owned()),
    ] {
        bench.piped(&text, ["redact"]).prints(&shown).says("");
    }
    let common = "apiVersion: v1\nkind: Config\nclusters:\n    server: https://127.0.0.1:6443\n  name: kind-kind\n";
    for text in [common.to_owned(), format!("x {token}\n{token} x\nnot{token}\n")] {
        bench.piped(&text, ["redact"]).prints(&text).says("");
    }
    std::fs::write(bench.work().join("log"), format!("{common}{token}, or so\n  {token}\n")).unwrap();
    bench.etui(["scan", "log"]).exits(1, "log:7:3 KC (team)\n");
}

#[test]
fn a_json_value_is_known_by_the_texts_in_it() {
    let bench = web();
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC9fK2mQ8s\n+Lw3TxY7zRb4NcV6hJp1GdE5uAq=\n-----END PRIVATE KEY-----\n";
    let account = serde_json::json!({
        "type": "service_account",
        "private_key": key,
        "client_email": "etui@example.iam.gserviceaccount.com",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "inner": serde_json::json!({ "token": ["x9fK2mQ8sLw3T"] }).to_string(),
    });
    bench.set("ACCOUNT", serde_json::to_string_pretty(&account).unwrap(), &["-g"]);
    let others =
        "service_account etui@example.iam.gserviceaccount.com https://accounts.google.com/o/oauth2/auth private_key\n";
    for (text, shown) in [
        (key.to_owned(), "[ACCOUNT]\n"),
        (format!("{{\"k\":{}}}", serde_json::to_string(key).unwrap()), r#"{"k":"[ACCOUNT]\n"}"#),
        ("curl -H 'token: x9fK2mQ8sLw3T'".to_owned(), "curl -H 'token: [ACCOUNT]'"),
        ("a\n+Lw3TxY7zRb4NcV6hJp1GdE5uAq=\n".to_owned(), "a\n[ACCOUNT]\n"),
        (others.to_owned(), others),
    ] {
        bench.piped(&text, ["redact"]).prints(shown);
    }
    let redacted = bench.piped(account.to_string(), ["redact"]).ok();
    assert!(!redacted.text().contains("9fK2mQ8s") && !redacted.text().contains("Lw3TxY7z"), "{}", redacted.text());
}

#[test]
fn every_secret_of_the_vault_is_replaced_that_can_be_opened() {
    let bench = web();
    bench.set("WEB_KEY", "a-web-key-of-prod-9fK2", &["-p", "api"]);
    let script = "echo sk_live_of-the-api-1 sk_live_9fK2mQ8sLw3T a-web-key-of-prod-9fK2";
    let run = ["run", "--redact", "--only", "DB", "--", "sh", "-c", script];
    bench.etui(run).prints("[API_KEY] [WEB_KEY] [WEB_KEY]\n").says("");
}
