//! Files in UTF-16, as Windows writes them.

use super::{TOKEN, bench, check_findings, git, put};

fn utf_16(text: &str, is_big_endian: bool) -> Vec<u8> {
    let order = |unit: u16| if is_big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(order).collect()
}

#[test]
fn finds_values_in_every_byte_order_with_the_lines_and_columns_of_the_text() {
    let bench = bench();
    let base64 = "dGtfOWZLMm1ROHNMdzNUeFk3eg";
    let text = format!("a\r\n密码 上海 = {TOKEN}\r\n{base64}\r\n{TOKEN} # etui:allow\r\n");
    for (name, is_big_endian) in [("le", false), ("be", true)] {
        put(&bench, &format!("{name}.txt"), utf_16(&text, is_big_endian));
        put(&bench, &format!("{name}-mark.txt"), utf_16(&format!("\u{feff}{text}"), is_big_endian));
    }
    put(&bench, "utf-8.txt", &text);
    put(
        &bench,
        "utf-32.txt",
        format!("\u{feff}{text}").chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<_>>(),
    );
    let mut all = Vec::new();
    for file in ["be-mark.txt", "be.txt", "le-mark.txt", "le.txt", "utf-32.txt", "utf-8.txt"] {
        all.extend([format!("{file}:2:17 TOKEN (team)"), format!("{file}:3:1 TOKEN (team)")]);
    }
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    check_findings(bench.etui(["scan"]), &all);
    git(&bench, &["init", "-q"]).ok();
    git(&bench, &["add", "-A"]).ok();
    check_findings(bench.etui(["scan", "--staged"]), &all);
    git(&bench, &["commit", "-qm", "all"]).ok();
    let commit = git(&bench, &["rev-parse", "HEAD"]).text()[..12].to_owned();
    let all: Vec<String> = all.iter().map(|line| format!("{commit}:{line}")).collect();
    check_findings(bench.etui(["scan", "--history"]), &all.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn finds_values_in_files_that_are_utf_16_in_part() {
    let bench = bench();
    // Windows PowerShell: `"TOKEN=…" >> .env`
    put(&bench, "appended.env", [b"PORT=1\n".to_vec(), utf_16(&format!("TOKEN={TOKEN}\r\n"), false)].concat());
    // A shell: `echo TOKEN=… >> .env`, after PowerShell made the file.
    let made = utf_16("\u{feff}PORT=1\r\n", false);
    put(&bench, "continued.env", [made, format!("TOKEN={TOKEN}\n").into_bytes()].concat());
    // A program's strings.
    let strings = utf_16(TOKEN, false);
    put(&bench, "program.dll", [b"MZ\x90\0\x03\0\0\0\n\0\0\xff".to_vec(), strings, vec![0, 0, 1]].concat());
    check_findings(
        bench.etui(["scan"]),
        &["appended.env:2:13 TOKEN (team)", "continued.env:2:8 TOKEN (team)", "program.dll:2:4 TOKEN (team)"],
    );
}

#[test]
fn staged_keys_and_dotenv_lines_are_found_too() {
    let bench = bench();
    git(&bench, &["init", "-q"]).ok();
    // Windows PowerShell: `age-keygen > key.txt`
    let key = format!("\u{feff}# created\r\n{}", String::from_utf8(crate::bench::bytes(bench.key())).unwrap());
    let line = key.lines().position(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap() + 1;
    put(&bench, "key.txt", utf_16(&key, false));
    put(&bench, ".env", utf_16("\u{feff}PORT=1\r\nTOKEN=another\r\n", true));
    git(&bench, &["add", "-A"]).ok();
    let key = format!("key.txt:{line}:1 a plain age key");
    check_findings(bench.etui(["scan", "--staged"]), &[".env:2:1 TOKEN (dotenv)", &key]);
}
