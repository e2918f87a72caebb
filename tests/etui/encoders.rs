//! `redact` and `scan` recognise a value in what real encoders make of it.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::bench::{Bench, feed};

const GO: &str = include_str!("../../fixtures/encoders/go-1.19.8.txt");
const JAVA: &str = include_str!("../../fixtures/encoders/java-17.0.15.txt");

fn values() -> Vec<String> {
    serde_json::from_str(include_str!("../../fixtures/encoders/values.json")).unwrap()
}

/// What an encoder made of a value.
struct Encoded {
    encoder: String,
    value: usize,
    text: Vec<u8>,
}

/// Reads a fixture, in which each text follows a line `@ ENCODER VALUE`.
fn fixture(program: &str, text: &str) -> Vec<Encoded> {
    let blocks = text.strip_prefix("@ ").unwrap().split("\n@ ");
    let read = |block: &str| {
        let (head, text) = block.split_once('\n').unwrap();
        let (encoder, value) = head.split_once(' ').unwrap();
        Encoded { encoder: format!("{program}-{encoder}"), value: value.parse().unwrap(), text: text.into() }
    };
    blocks.map(read).collect()
}

/// Checks that `redact` hides nearly all of each text, and that `scan` finds its value and no other.
fn check(encoded: &[Encoded]) {
    let bench = Bench::acme();
    for (number, value) in values().iter().enumerate() {
        bench.set(&format!("V{number}"), value, &["-g"]);
    }
    let mut expected = BTreeSet::new();
    for Encoded { encoder, value, text } in encoded {
        let name = format!("V{value}");
        let shown = bench.piped(text, ["redact", "-g"]).ok();
        let rest = String::from_utf8_lossy(&shown.out).replace(&format!("[{name}]"), "");
        let all = String::from_utf8_lossy(text);
        assert!(shown.text().contains(&format!("[{name}]")), "{encoder} of {name}: {all}");
        assert!(rest.len() <= 44.max(text.len() / 5), "{encoder} of {name} leaves {rest} of {all}");

        let file = format!("{encoder}-{value}");
        fs::write(bench.work().join(&file), text).unwrap();
        expected.insert((file, name));
    }
    let found = bench.etui(["scan", "-j"]).document();
    let text = |item: &serde_json::Value, key: &str| item[key].as_str().unwrap().to_owned();
    let items = found["items"].as_array().unwrap().iter();
    let found: BTreeSet<_> = items.map(|item| (text(item, "file"), text(item, "name"))).collect();
    assert!(found == expected, "missing {:?}, unexpected {:?}", &expected - &found, &found - &expected);
}

#[test]
fn texts_by_go() {
    check(&fixture("go", GO));
}

#[test]
fn texts_by_java() {
    check(&fixture("java", JAVA));
}

/// Scripts that read a value from the variable V, and from standard input.
const ENCODERS: [(&str, &str); 42] = [
    ("base64", "base64"),
    ("base64-20", "base64 -w 20"),
    ("base64-1", "base64 -w 1"),
    ("base64-one-line", "base64 -w 0"),
    ("base64-indented", "base64 -w 33 | sed 's/^/      /'"),
    ("base64-windows", "base64 | sed 's/$/\\r/'"),
    ("base64-in-quotes", "base64 -w 64 | sed 's/$/\\\\/'"),
    ("basenc-url", "basenc --base64url -w 31"),
    ("basenc-hex", "basenc --base16 -w 15"),
    ("openssl", "openssl base64"),
    ("openssl-one-line", "openssl enc -base64 -A"),
    ("xxd", "xxd -p"),
    ("xxd-upper", "xxd -u -p -c 7"),
    ("jq", "jq -Rs ."),
    ("jq-ascii", "jq -aRs '{a: .}'"),
    ("jq-nested", "jq -Rs '{a: .} | tojson | {b: .} | tojson'"),
    ("jq-uri", "jq -rRs @uri"),
    ("jq-base64", "jq -rRs @base64"),
    ("jq-shell", "jq -rRs @sh"),
    ("jq-base64-in-json", "base64 | jq -Rs ."),
    ("bash-quoted", "bash -c 'printf %q \"$V\"'"),
    ("bash-quoted-ascii", "LC_ALL=C bash -c 'printf %q \"$V\"'"),
    ("bash-operator", "bash -c 'echo \"${V@Q}\"'"),
    ("bash-trace", "bash -xc ': \"$V\"' 2>&1"),
    ("bash-trace-ascii", "LC_ALL=C bash -xc ': \"$V\"' 2>&1"),
    ("dash-trace", "dash -xc ': \"$V\"' 2>&1"),
    ("python-json", "python3 -c 'import json,os; print(json.dumps(os.environ[\"V\"]))'"),
    (
        "python-json-text",
        "python3 -c 'import json,os; print(json.dumps({\"a\": os.environ[\"V\"]}, ensure_ascii=False))'",
    ),
    ("python-json-nested", "python3 -c 'import json,os; print(json.dumps(json.dumps(json.dumps(os.environ[\"V\"]))))'"),
    ("python-quote", "python3 -c 'import os,urllib.parse as u; print(u.quote(os.environ[\"V\"]))'"),
    ("python-quote-all", "python3 -c 'import os,urllib.parse as u; print(u.quote(os.environ[\"V\"], safe=\"\"))'"),
    ("python-form", "python3 -c 'import os,urllib.parse as u; print(u.urlencode({\"v\": os.environ[\"V\"]}))'"),
    ("python-bytes", "python3 -c 'import os; print(os.environb[b\"V\"])'"),
    ("python-text", "python3 -c 'import os; print(repr(os.environ[\"V\"]))'"),
    ("python-base64", "python3 -c 'import base64,os; print(base64.encodebytes(os.environb[b\"V\"]))'"),
    ("node-json", "node -e 'console.log(JSON.stringify({a: process.env.V}))'"),
    ("node-json-nested", "node -e 'console.log(JSON.stringify(JSON.stringify(process.env.V)))'"),
    ("node-uri", "node -e 'console.log(encodeURI(process.env.V))'"),
    ("node-uri-component", "node -e 'console.log(encodeURIComponent(process.env.V))'"),
    ("node-form", "node -e 'console.log(String(new URLSearchParams({v: process.env.V})))'"),
    ("node-json-of-uri", "node -e 'console.log(JSON.stringify([encodeURI(JSON.stringify(process.env.V))]))'"),
    ("node-base64url", "node -e 'console.log(Buffer.from(process.env.V).toString(\"base64url\"))'"),
];

#[test]
#[ignore = "needs bash, dash, jq, node, openssl, python3 and xxd"]
fn texts_by_real_encoders() {
    let mut encoded = Vec::new();
    for (encoder, script) in ENCODERS {
        for (number, value) in values().iter().enumerate() {
            let mut command = Command::new("sh");
            command.args(["-c", script]).env("V", value).env("LC_ALL", "C.UTF-8");
            let outcome = feed(&mut command, value.as_bytes());
            assert!(
                outcome.code == 0 && !outcome.out.is_empty(),
                "{encoder}: {}",
                String::from_utf8_lossy(&outcome.out)
            );
            encoded.push(Encoded { encoder: encoder.to_owned(), value: number, text: outcome.out });
        }
    }
    check(&encoded);
}
