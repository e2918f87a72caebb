//! `import`: the result of each line of a file, all or nothing, and the messages about it.

use std::fs;
use std::process::Command;

use crate::bench::{Bench, Outcome, bytes};
use crate::store::count_writes;
use crate::update;

/// Imports a text into the team section.
fn import(bench: &Bench, text: impl AsRef<[u8]>, options: &[&str]) -> Outcome {
    bench.piped(text, ["import", "-", "-g"].iter().chain(options))
}

#[test]
fn each_line_is_new_changed_same_or_refused_and_a_dry_run_reports_the_same() {
    let bench = Bench::acme();
    bench.set("CHANGED", "old", &["-g"]);
    bench.set("SAME", "it's", &["-g"]);
    bench.etui(["env", "set", "LEVEL", "info", "-g"]).ok();
    let text = "NEW=1\nCHANGED=2\nSAME=\"it's\"\nLEVEL=debug\nPATH=/bin\nFOO-BAR=1\n1X=2\n";
    let table = "NEW\tnew\t\n\
                 CHANGED\tchanged\t\n\
                 SAME\tsame\t\n\
                 LEVEL\trefused\tline 4: an env entry has this name\n\
                 PATH\trefused\tline 5: PATH is a reserved name: programs are looked up in it\n\
                 FOO-BAR\trefused\tline 6: not a secret name: character 4 is not allowed\n\
                 1X\trefused\tline 7: not a secret name: character 1 is not allowed\n";
    let before = bytes(bench.vault());
    for options in [&[][..], &["--dry-run"]] {
        let outcome = import(&bench, text, options);
        outcome.exits(1, table).says(
            "error: 4 of 7 entries were refused; nothing was changed\n \
                 hint: fix the file, or use `--skip-refused`",
        );
    }
    import(&bench, text, &["--skip-refused", "--dry-run"])
        .prints(table)
        .says("would import into team acme: 1 new, 1 changed, 1 same and 4 refused");
    assert_eq!(bytes(bench.vault()), before);
    import(&bench, text, &["--skip-refused"])
        .prints(table)
        .says("imported into team acme: 1 new, 1 changed, 1 same and 4 refused");
    bench.etui(["resolve"]).prints("CHANGED=2\nLEVEL=info\nNEW=1\nSAME=\"it's\"\n");
    bench.etui(["get", "CHANGED", "-g", "--version", "1"]).prints("old");
    import(&bench, "PATH=/bin\n", &["--allow-reserved"]).prints("PATH\tnew\t\n").says("imported into team acme: 1 new");
    // ETUI_* names are always refused.
    assert_eq!(import(&bench, "ETUI_KEY=x\n", &["--allow-reserved"]).code, 1);
}

#[test]
fn an_import_is_one_write_and_none_if_nothing_changes() {
    let bench = Bench::acme();
    let before = count_writes(&bench);
    import(&bench, "A=1\nB=2\nC=3\n", &[]).ok();
    assert_eq!(count_writes(&bench), before + 1);
    let before = bytes(bench.vault());
    import(&bench, "A=1\nB=2\n", &[]).prints("A\tsame\t\nB\tsame\t\n").says("imported into team acme: 2 same");
    import(&bench, "", &[]).fails(1, "error: standard input: the file is empty");
    import(&bench, "# none\n", &[]).fails(1, "error: standard input: nothing to import: it sets no name");
    import(&bench, "1=x\n", &["--skip-refused"]).says("imported into team acme: 1 refused");
    assert_eq!(bytes(bench.vault()), before);
}

#[test]
fn an_error_before_the_first_line_prints_nothing() {
    let bench = Bench::acme();
    for (arguments, code) in [(&["-p", "wbe"][..], 3), (&["-p", "wbe", "--dry-run"], 3), (&["-i", "none", "-g"], 5)] {
        for json in [&[][..], &["-j"]] {
            let outcome = bench.piped("A=1\n", ["import", "-"].iter().chain(arguments).chain(json));
            assert_eq!((outcome.code, outcome.text()), (code, ""), "{arguments:?}: {}", outcome.err);
        }
    }
}

#[test]
fn skip_existing_keeps_existing_values() {
    let bench = Bench::acme();
    bench.set("A", "old", &["-g"]);
    bench.set("B", "b", &["-g"]);
    import(&bench, "A=new\nB=b\nC=c\n", &["--skip-existing"])
        .prints("A\tkept\t\nB\tsame\t\nC\tnew\t\n")
        .says("imported into team acme: 1 new, 1 same and 1 kept");
    bench.etui(["resolve"]).prints("A=old\nB=b\nC=c\n");
}

#[test]
fn a_prefix_is_added_to_each_name_before_the_checks() {
    let bench = Bench::acme();
    import(&bench, "A=1\n2=2\n", &["--prefix", "X_"]).prints("X_A\tnew\t\nX_2\tnew\t\n");
    bench.etui(["resolve"]).prints("X_2=2\nX_A=1\n");
    let outcome = import(&bench, "A=1\n", &["--prefix", "x-"]);
    outcome.exits(1, "x-A\trefused\tline 1: not a secret name: character 2 is not allowed\n");
    assert_eq!(import(&bench, "PRELOAD=1\n", &["--prefix", "LD_"]).code, 1);
    // With the prefix, PATH is no longer a reserved name.
    import(&bench, "PATH=1\n", &["--prefix", "APP_"]).prints("APP_PATH\tnew\t\n");
}

#[test]
fn json_reports_the_same() {
    let bench = Bench::acme();
    bench.set("A", "old", &["-g"]);
    let outcome = import(&bench, "A=1\nB-C=2\n", &["-j"]);
    assert_eq!(outcome.code, 1);
    let expected = serde_json::json!({
        "items": [
            {"name": "A", "state": "changed", "line": 1, "why": null},
            {"name": "B-C", "state": "refused", "line": 2, "why": "not a secret name: character 2 is not allowed"},
        ],
        "hasMore": false, "nextPage": null,
    });
    update::json(&outcome.document(), &expected, "");
    outcome.says(
        r#"{"error":{"code":"import_refused","exit":1,"message":"1 of 2 entries was refused; nothing was changed","hint":"fix the file, or use `--skip-refused`"}}"#,
    );
    assert_eq!(import(&bench, "A=1\nB-C=2\n", &["-j", "--skip-refused"]).ok().document(), expected);
}

#[test]
fn imports_into_the_chosen_or_linked_section() {
    let bench = Bench::linked();
    fs::create_dir(bench.work().join("sub")).unwrap();
    fs::write(bench.work().join("sub/f"), "A=1\n").unwrap();
    bench
        .etui(["import", "f", "--cwd", "sub"])
        .prints("A\tnew\t\n")
        .says("imported into project web of team acme: 1 new");
    bench.etui(["import", "sub/f", "-c", "gpu"]).says("imported into cluster gpu of team acme: 1 new");
    bench.etui(["import", "sub/f", "-g"]).says("imported into team acme: 1 new");
    bench.etui(["list", "--all", "-F", "name,section"]).prints("A\tcluster gpu\nA\tproject web\nA\tteam\n");
}

#[test]
fn the_format_is_detected_by_file_name_or_first_character() {
    let bench = Bench::acme();
    let yaml = "A: 'it''s'\nB: 0777\n";
    let json = "\u{feff} {\"A\": \"it's\", \"B\": 0.10}";
    for (file, text, values) in [
        ("f.yaml", yaml, ["it's", "0777"]),
        ("f.YML", yaml, ["it's", "0777"]),
        ("f.json", json, ["it's", "0.10"]),
        ("f", json, ["it's", "0.10"]),
        (".env", "A=it's\nB: 1.10\n", ["it's", "1.10"]),
        (".env.yaml.local", "A=it's\nB: 1.10\n", ["it's", "1.10"]),
    ] {
        fs::write(bench.work().join(file), text).unwrap();
        bench.etui(["import", file, "-g"]).ok();
        assert_eq!(["A", "B"].map(|name| bench.etui(["get", name, "-g"]).ok().text().to_owned()), values, "{file}");
    }
    import(&bench, yaml, &["--format", "yaml"]).ok();
    bench.etui(["get", "B", "-g"]).prints("0777");
    import(&bench, "{}", &["--format", "yaml"]).fails(1, "error: standard input: nothing to import: it sets no name");
    import(&bench, "A=1", &["--format", "json"])
        .fails(1, "error: standard input:1: expected a JSON object of names and values");
}

#[test]
fn nested_values_and_null_are_refused_with_their_line() {
    let bench = Bench::acme();
    let table = "A\tnew\t\nO\trefused\tline 3: an object is not a value\nL\trefused\tline 4: a list is not a value\n\
                 N\trefused\tline 5: null is not a value\n";
    let outcome = import(&bench, "{\n\"A\": true,\n\"O\": {\"x\": 1},\n\"L\": [1],\n\"N\": null}", &[]);
    outcome.exits(1, table);
    // A name with control characters is escaped.
    let outcome = import(&bench, r#"{"\u001b[31m\n": 1}"#, &[]);
    outcome.exits(1, "\\u{1b}[31m\\n\trefused\tline 1: not a secret name: character 1 is not allowed\n");
}

#[test]
fn notes_and_warnings_name_the_line_and_no_value() {
    let bench = Bench::acme();
    fs::write(bench.work().join("f"), "\u{feff}export A=1\r\njunk\r\nA=b#c\r\nB=$X\r\nC='d\r\nD=\"x\r\ny\" # c\r\n")
        .unwrap();
    bench.etui(["import", "f", "-g"]).prints("A\tnew\t\nB\tnew\t\nC\tnew\t\nD\tnew\t\n").says(
        "warning: f:2: not an assignment: no `=`\n\
         warning: f:3: A is also set on line 1; the last value wins\n\
         warning: f:3: a `#` without a space before it is part of the value; npm dotenv ends the value there\n\
         warning: f:4: `$` is kept as it is; dotenv-expand, docker compose, python-dotenv and others may expand it\n\
         warning: f:5: unbalanced quotes: read as part of the value\n\
         warning: f:5: python-dotenv does not read this line\n\
         note: `--expand` replaces each `${NAME}` by the value of NAME on an earlier line\n\
         imported into team acme: 4 new",
    );
    let null = "A=b#c\0B=$X\0C='d\0D=x\ny\0";
    let outcome = bench.with(&[("X", "expanded")], ["resolve", "--format", "null"]).ok();
    assert_eq!(outcome.text(), null);
}

#[test]
fn a_value_that_its_application_read_differently_gets_a_warning_that_names_the_parser() {
    let bench = Bench::acme();
    let text = "A=\"pa\\$\\$w0rd\"\nB=\"cost \\$5\"\nC=\"a\\`b\"\nD=`date`\nE='it\\'s'\nF=\"a\\\\b\"\nG: v\nH=plain\n";
    let both = "a backslash is read as an escape; npm dotenv and python-dotenv keep it";
    let npm = "a backslash is read as an escape; npm dotenv keeps it";
    let outcome = import(&bench, text, &[]).ok();
    outcome.says(&format!(
        "warning: standard input:1,2,3: {both}\n\
         warning: standard input:4: the quotes are not part of the value; python-dotenv keeps them\n\
         warning: standard input:5,6: {npm}\n\
         warning: standard input:7: python-dotenv does not read this line\n\
         imported into team acme: 8 new"
    ));
    let many: String = (0..20).map(|at| format!("MANY_{at}=a#b\n")).collect();
    import(&bench, &many, &["--dry-run"]).ok().says(
        "warning: standard input:1,2,3,4,5,6,7,8 and 12 more lines: a `#` without a space before it is part of the value; \
         npm dotenv ends the value there\n\
         would import into team acme: 20 new",
    );
    let values = "A=pa$$w0rd\0B=cost $5\0C=a`b\0D=date\0E=it's\0F=a\\b\0G=v\0H=plain\0";
    bench.etui(["resolve", "--format", "null"]).prints(values);
}

#[test]
fn expand_replaces_plain_references_and_refuses_all_others() {
    let bench = Bench::acme();
    let text = "HOST=db\nPORT=5432\nURL=postgres://${HOST}:$PORT/x\nCOPY=\"<${URL}>\"\nRAW='${HOST}'\n";
    let warning = "`$` is kept as it is; dotenv-expand, docker compose, python-dotenv and others may expand it";
    import(&bench, text, &["--dry-run"]).says(&format!(
        "warning: standard input:3,4,5: {warning}\n\
         note: `--expand` replaces each `${{NAME}}` by the value of NAME on an earlier line\n\
         would import into team acme: 5 new"
    ));
    import(&bench, text, &["--expand"])
        .says(&format!("warning: standard input:5: {warning}\nimported into team acme: 5 new"));
    bench
        .etui(["resolve", "--format", "null"])
        .prints("COPY=<postgres://db:5432/x>\0HOST=db\0PORT=5432\0RAW=${HOST}\0URL=postgres://db:5432/x\0");
    // Neither the vault nor the environment counts.
    let text = "A=${HOST}\nB=${HOME:-x}\nC=pa$$word\nD=1\n";
    let plain = "`$` is expanded only in a plain `${NAME}`, without escape or operator";
    let table = format!(
        "A\trefused\tline 1: `$` refers to a name that no earlier line sets\n\
         B\trefused\tline 2: {plain}\nC\trefused\tline 3: {plain}\nD\tnew\t\n"
    );
    import(&bench, text, &["--expand"]).exits(1, &table);
    import(&bench, text, &["--expand", "--skip-refused"]).prints(&table);
    import(&bench, "{\"A\": \"$B\"}", &["--expand"]).fails(2, "error: `--expand` works with dotenv text only");
}

#[test]
fn an_unreadable_file_changes_nothing() {
    let bench = Bench::acme();
    let before = bytes(bench.vault());
    fs::write(bench.work().join("latin"), b"A=1\nB=\xe9\n").unwrap();
    for (file, message) in [
        ("none", "cannot read none: no such file or directory"),
        (".", "cannot read .: is a directory"),
        ("latin", "latin:2: not UTF-8 text\n hint: `etui set NAME --file latin -g`"),
        ("/dev/zero", "cannot read /dev/zero: more than 67108864 bytes"),
    ] {
        bench.etui(["import", file, "-g"]).fails(1, &format!("error: {message}"));
    }
    for (text, message) in [("{\"A\": 1,}", "1: invalid JSON"), ("{\n\"A\": 1", "2: unexpected end of the file")] {
        import(&bench, text, &[]).fails(1, &format!("error: standard input:{message}"));
    }
    assert_eq!(bytes(bench.vault()), before);
    assert_eq!(bench.etui(["import", "-g"]).code, 2);
}

#[test]
fn a_value_may_be_empty_or_up_to_a_mebibyte_and_has_no_nul() {
    let bench = Bench::acme();
    let (most, more) = ("x".repeat(1 << 20), "x".repeat((1 << 20) + 1));
    import(&bench, format!("EMPTY=\nQUOTED=''\nMOST={most}\n"), &[])
        .prints("EMPTY\tnew\t\nQUOTED\tnew\t\nMOST\tnew\t\n");
    bench.etui(["get", "MOST", "-g"]).prints(&most);
    bench.etui(["get", "EMPTY", "-g"]).prints("");
    let outcome = import(&bench, format!("NUL='a\0b'\nMORE={more}\n"), &[]);
    let why = "longer than 1048576 bytes, the limit";
    outcome.exits(
        1,
        &format!(
            "NUL\trefused\tline 1: a NUL at byte 1, which no environment can hold\nMORE\trefused\tline 2: {why}\n"
        ),
    );
}

#[test]
fn binary_values_printed_as_base64_are_imported_as_the_same_bytes() {
    let bench = Bench::acme();
    bench.set("KEY", b"\xff\0\x01", &["-g"]);
    let before = bytes(bench.vault());
    for format in ["dotenv", "json", "yaml"] {
        let text = bench.etui(["resolve", "-g", "--format", format]).ok().out;
        import(&bench, text, &["--format", format]).prints("KEY\tsame\t\n");
    }
    assert_eq!(bytes(bench.vault()), before);
    assert_eq!(bench.etui(["get", "KEY", "-g"]).ok().out, b"\xff\0\x01");
}

#[test]
fn printed_values_are_imported_back_and_nothing_is_expanded() {
    let (from, to) = (Bench::acme(), Bench::acme());
    let values = [
        "",
        " edges ",
        "'",
        "\"",
        "\\",
        "\\\\srv\\c$",
        "it's \"both\" `x` $HOME ${A}",
        "a\nb\n",
        "a\r\nb\r",
        "\t",
        "#",
        "a #b",
        "a#b",
        "=x",
        "secret:V1",
        "file:V1",
        "yes",
        "null",
        "~",
        "0777",
        "1e400",
        "\u{feff}",
        "\u{85}\u{2028}",
        "\u{1b}[31m\u{7f}\u{1}",
        "🦀é\u{ffff}",
        "[x]",
        "{x: 1}",
        "- a",
        "export A=1",
        "A=1\nV2=2",
        "'''\"\"\"",
        "ends with \\",
        "\\n \\t",
        "# Env entries:",
    ];
    for (at, value) in values.iter().enumerate() {
        from.set(&format!("V{at}"), value, &["-g"]);
    }
    for format in ["dotenv", "json", "yaml"] {
        let text = from.etui(["resolve", "-g", "--format", format]).ok().out;
        import(&to, &text, &["--format", format]).ok();
        for (at, value) in values.iter().enumerate() {
            let got = to.etui(["get", &format!("V{at}"), "-g"]).ok().out;
            assert_eq!(got, value.as_bytes(), "{format} V{at}");
        }
        let names: Vec<String> = (0..values.len()).map(|at| format!("V{at}")).collect();
        for name in &names {
            to.etui(["delete", name, "-g"]).ok();
        }
    }
}

#[test]
fn five_thousand_lines_are_one_change() {
    let bench = Bench::acme();
    let text: String = (0..5_000).map(|at| format!("NAME_{at}=value {at}\n")).collect();
    let before = count_writes(&bench);
    import(&bench, &text, &[]).says("imported into team acme: 5000 new");
    assert_eq!(count_writes(&bench), before + 1);
    bench.etui(["get", "NAME_4999", "-g"]).prints("value 4999");
    import(&bench, &text, &["--dry-run"]).says("would import into team acme: 5000 same");
}

#[test]
fn a_full_disk_or_a_kill_keeps_the_old_vault() {
    let bench = Bench::acme();
    bench.set("A", "old", &["-g"]);
    let text: String = (0..2_000).map(|at| format!("NAME_{at}='a value of some length {at}'\n")).collect();
    fs::write(bench.work().join("f"), format!("A=new\n{text}")).unwrap();
    let before = bench.snapshot();
    // With the signal ignored, a write fails as on a full disk.
    let outcome = bench.sh("trap '' XFSZ; ulimit -f 8; exec etui import f -g");
    assert_eq!((outcome.code, outcome.text()), (1, ""), "{}", outcome.err);
    assert!(bytes(bench.vault()) == before.vault);
    for millis in [0, 5, 10, 20, 40, 80, 120, 200] {
        let mut child = bench.command(["import", "f", "-g"]);
        let mut child = child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(millis));
        child.kill().unwrap();
        child.wait().unwrap();
        let names = bench.etui(["list", "-g", "-F", "name"]).ok().text().lines().count();
        assert!(names == 1 || names == 2_001, "{names}");
        bench.etui(["get", "A", "-g"]).prints(if names == 1 { "old" } else { "new" });
        bench.restore(&before);
    }
}

#[test]
fn imports_from_a_named_pipe() {
    let bench = Bench::acme();
    let mut shell = Command::new("mkfifo");
    assert!(bench.as_user(&mut shell).arg("f").status().unwrap().success());
    bench.sh("echo A=1 > f & etui import f -g").prints("A\tnew\t\n");
}
