//! `set`, `create`, `update` and `generate`: their inputs, messages and refusals.

use std::fs;

use crate::bench::Bench;

#[test]
fn a_value_comes_from_an_option_a_file_or_a_pipe() {
    let bench = Bench::acme();
    fs::write(bench.work().join("f"), "file\n").unwrap();
    let got = |name: &str| bench.etui(["get", name, "-g"]).ok().text().to_owned();
    bench
        .etui(["set", "A", "-g", "--value", "option\n"])
        .prints("")
        .says("warning: the value of A ends with a newline, which is kept\ncreated A in team acme");
    assert_eq!(got("A"), "option\n");
    bench.etui(["set", "A", "-g", "--file", "f"]).ok();
    assert_eq!(got("A"), "file\n");
    bench.piped("dash\n", ["set", "A", "-g", "--file", "-"]).ok();
    assert_eq!(got("A"), "dash\n");
    bench.piped("pipe\n\n", ["set", "A", "-g"]).ok();
    assert_eq!(got("A"), "pipe\n", "one newline is dropped");
    bench
        .piped("pipe\r\n", ["set", "A", "-g"])
        .says("warning: the value of A ends with a carriage return, which is kept\nupdated A in team acme");
    assert_eq!(got("A"), "pipe\r");
    bench.etui(["set", "A", "-g", "--value=-dash"]).ok();
    assert_eq!(got("A"), "-dash");
    bench.etui(["set", "A", "-g", "--value", "-dash2"]).ok();
    assert_eq!(got("A"), "-dash2");
}

#[test]
fn an_invisible_character_at_an_end_is_kept_and_named() {
    let bench = Bench::acme();
    for (value, said) in [
        ("tok\r\n", "ends with a carriage return"),
        ("tok\n\n", "ends with a newline"),
        ("tok ", "ends with a space"),
        ("\ttok\n", "begins with a tab"),
        ("tok\u{a0}\n", "ends with a no-break space"),
        ("tok\u{200b}", "ends with a zero width space"),
        ("\u{feff}tok", "begins with a byte order mark"),
    ] {
        for verb in ["set", "update"] {
            let says = format!("warning: the value of A {said}, which is kept\n");
            let outcome = bench.piped(value, [verb, "A", "-g"]).ok();
            assert!(outcome.err.starts_with(&says), "{value:?}: {}", outcome.err);
        }
        let kept = value.strip_suffix('\n').unwrap_or(value);
        bench.etui(["get", "A", "-g"]).prints(kept);
    }
    // A text of several lines ends with a newline, and bytes have no ends that anybody sees.
    for content in [&b"-----BEGIN X-----\r\nAA==\r\n"[..], b"\xff\n"] {
        fs::write(bench.work().join("f"), content).unwrap();
        bench.etui(["set", "A", "-g", "--file", "f"]).says("updated A in team acme");
    }
}

#[test]
fn an_empty_value_must_be_explicit() {
    let bench = Bench::acme();
    for input in ["", "\n"] {
        bench
            .piped(input, ["set", "A", "-g"])
            .fails(2, "error: no value for A\n hint: for an empty value on purpose: `etui set A -g --value ''`");
    }
    assert_eq!(bench.etui(["get", "A", "-g"]).code, 3);
    bench.etui(["set", "A", "-g", "--value", ""]).ok();
    bench.etui(["resolve"]).prints("A=''\n");
    bench.piped("", ["set", "B", "-g", "--file", "-"]).ok();
    bench.etui(["get", "B", "-g"]).prints("");
}

#[test]
fn a_value_as_an_argument_is_refused_and_not_repeated() {
    let bench = Bench::acme();
    for verb in ["set", "create", "update"] {
        let message = format!(
            "error: a value on the command line would stay in the shell's history\n \
             hint: `etui {verb} A` asks for it; or pipe it in; or `--file FILE`; or `--value VALUE`, if others may see it"
        );
        for typed in [
            &["A", "hunter2"][..],
            &["A=hunter2"],
            &["A=hunter2=x y"],
            &["A", "hunter2", "hunter2"],
            &["A", "--", "hunter2"],
            &["A", "--", "-hunter2"],
        ] {
            let arguments = [verb].iter().chain(typed).chain(&["-g"]).copied().collect::<Vec<_>>();
            // After `--` nothing is an option.
            let arguments: Vec<&str> = match typed.contains(&"--") {
                true => [verb, "-g"].iter().chain(typed).copied().collect(),
                false => arguments,
            };
            bench.etui(&arguments).fails(2, &message);
        }
        // A mistyped option is repeated in the message, but nothing that may be a value.
        for typed in [&["-hunter2"][..], &["-jhunter2"], &["--hunter2"], &["--valeu=hunter2"], &["--valeu", "hunter2"]]
        {
            let outcome = bench.etui([&[verb, "A", "-g"], typed].concat());
            assert_eq!((outcome.code, outcome.text()), (2, ""), "{outcome:?}");
            assert!(!outcome.err.contains("hunter2"), "{outcome:?}");
        }
    }
    bench.etui(["list", "--all"]).prints("");
}

#[test]
fn a_change_prints_one_line_and_a_note_if_another_section_wins() {
    let bench = Bench::linked();
    fn x<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--value", "x"]].concat()
    }
    fn y<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--value", "y"]].concat()
    }
    bench.etui(x(&["set", "A", "-g"])).prints("").says("created A in team acme");
    bench.etui(x(&["set", "A", "-g"])).prints("").says("unchanged A in team acme");
    bench.etui(y(&["set", "A"])).prints("").says("created A in project web of team acme");
    bench
        .etui(y(&["set", "A", "-c", "gpu"]))
        .says("created A in cluster gpu of team acme\nnote: project web also sets A, and wins there");
    bench
        .etui(y(&["set", "A", "-g"]))
        .says("updated A in team acme\nnote: cluster gpu and project web also set A, and win there");
    bench.etui(x(&["create", "B"])).says("created B in project web of team acme");
    bench.etui(y(&["update", "B"])).says("updated B in project web of team acme");
    bench.etui(y(&["update", "B"])).says("unchanged B in project web of team acme");
    // A project that is not linked here gets no note.
    bench.etui(x(&["set", "C", "-p", "api"])).ok();
    bench.etui(x(&["set", "C", "-g"])).says("created C in team acme");
}

#[test]
fn create_and_update_check_whether_the_secret_exists() {
    let bench = Bench::acme();
    bench.etui(["update", "A", "-g", "--value", "x"]).fails(3, "error: A is not set in team acme");
    bench.etui(["create", "A", "-g", "--value", "x"]).ok();
    bench.etui(["create", "A", "-g", "--value", "y"]).fails(
        4,
        "error: A is already set in team acme\n \
             hint: to give it a new value: `etui update A -g`; or to free the name: `etui delete A -g`",
    );
    bench.etui(["get", "A", "-g"]).prints("x");
    bench
        .etui(["update", "A", "-p", "web", "--value", "x"])
        .fails(3, "error: A is not set in project web of team acme\n hint: it is set in team: `etui get A -g`");
    bench.set("STRIPE_KEY", "x", &["-p", "web"]);
    bench
        .etui(["update", "STRIPE_KYE", "-p", "web", "--value", "x"])
        .fails(3, "error: STRIPE_KYE is not set in project web of team acme\n hint: did you mean STRIPE_KEY?");
}

#[test]
fn a_new_value_keeps_the_note_and_drops_the_expiry() {
    let bench = Bench::acme();
    let known = || {
        let document = bench.etui(["get", "A", "-g", "-j"]).ok().document();
        (document["note"].clone(), document["expires"].clone())
    };
    bench.etui(["set", "A", "-g", "--value", "1", "--note", "from Bob", "--expires", "2030-01-31"]).ok();
    assert_eq!(known(), ("from Bob".into(), "2030-01-31T00:00:00Z".into()));
    bench.etui(["update", "A", "-g", "--value", "1", "--expires", "2030-01-31T12:00:00+02:00"]).ok();
    assert_eq!(known(), ("from Bob".into(), "2030-01-31T10:00:00Z".into()));
    bench.etui(["set", "A", "-g", "--value", "2"]).ok();
    assert_eq!(known(), ("from Bob".into(), serde_json::Value::Null));
    bench.etui(["list", "-g", "-F", "name,note"]).prints("A\tfrom Bob\n");
    let set = bench.etui(["create", "B", "-g", "--value", "1", "--expires", "90d", "-j"]).ok().document();
    let at = |field: &str| etui::vault::Timestamp::parse(set[field].as_str().unwrap()).unwrap();
    assert_eq!(at("expires").seconds_since(at("created")), 90 * 24 * 60 * 60);
    for (verb, change) in [
        (&["update", "B", "--expires", "never"][..], "updated the expiry of"),
        (&["update", "B", "--expires", "8h"], "updated the expiry of"),
        (&["set", "B", "--value", "1", "--expires", "never"], "updated"),
        (&["update", "B", "--expires", "never"], "unchanged"),
        (&["create", "C", "--value", "1", "--expires", "never"], "created"),
    ] {
        bench.etui(verb.iter().chain(&["-g"])).ok().says(&format!("{change} {} in team acme", verb[1]));
    }
    bench.etui(["generate", "B", "-g", "--expires", "never"]).ok();
    bench.etui(["list", "-g", "-F", "name,expires"]).prints("A\t\nB\t\nC\t\n");
    for bad in ["soon", "d", "-1d", "1.5d", "99999999999d", "2030-02-30", "2030-01-31T12:00:00"] {
        bench.etui(["set", "A", "-g", "--value", "1", &format!("--expires={bad}")]).fails(
            2,
            &format!(
                "error: `{bad}` is not a date or an age\n \
                 hint: `90d`, `2027-01-31`, `2027-01-31T12:00:00Z` or `never`"
            ),
        );
    }
}

#[test]
fn generates_as_requested_and_prints_no_value() {
    let bench = Bench::acme();
    bench.etui(["generate", "G", "-p", "web"]).prints("").says("generated G in project web of team acme");
    let got = || bench.etui(["get", "G", "-p", "web"]).ok().text().to_owned();
    let first = got();
    assert!(first.len() == 32 && first.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{first}");
    bench
        .etui(["generate", "G", "-p", "web"])
        .prints("")
        .says("generated a new value for G in project web of team acme; undo: `etui restore G -p web`");
    assert_ne!(got(), first);
    bench.etui(["get", "G", "-p", "web", "--version", "1"]).prints(&first);
    for (chars, fits) in [
        ("alnum", (|byte| byte.is_ascii_alphanumeric()) as fn(u8) -> bool),
        ("ascii", |byte| byte.is_ascii_graphic()),
        ("hex", |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
        ("base64url", |byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'),
    ] {
        bench.etui(["generate", "G", "-p", "web", "--length", "500", "--chars", chars]).ok();
        assert!(got().len() == 500 && got().bytes().all(fits), "{chars}: {}", got());
    }
    for bad in [&["--length", "0"][..], &["--length", "x"], &["--chars", "emoji"]] {
        let outcome = bench.etui(["generate", "G", "-p", "web"].iter().chain(bad));
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{bad:?}");
    }
    let document = bench.etui(["generate", "H", "-g", "--note", "n", "--expires", "1d", "-j"]).ok().document();
    assert_eq!((&document["note"], &document["size"], document.get("value")), (&"n".into(), &32.into(), None));
}

#[test]
fn names_are_checked_and_a_bad_one_is_not_repeated() {
    let bench = Bench::acme();
    for good in ["a", "Z9_", &"A".repeat(128)] {
        bench.set(good, "x", &["-g"]);
    }
    let hint = " hint: a letter, then letters, digits and `_`: `DATABASE_URL`";
    let long = "A".repeat(129);
    for (bad, why) in [
        ("", "the secret name is empty"),
        ("_A", "not a secret name: character 1 is not allowed"),
        ("1A", "not a secret name: character 1 is not allowed"),
        ("hunter-2", "not a secret name: character 7 is not allowed"),
        ("É", "not a secret name: character 1 is not allowed"),
        (&long, "not a secret name: longer than 128 characters"),
    ] {
        for verb in [&["set", "--value", "x", "-g"][..], &["get", "-g"], &["delete", "-g"], &["history", "-g"]] {
            bench.etui(verb.iter().chain(&[bad])).fails(2, &format!("error: {why}\n{hint}"));
        }
    }
}
