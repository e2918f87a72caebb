//! `--env-file` and `--spec`: a file lists the environment, and the vault resolves its references.

use std::fs;

use crate::bench::{Bench, Outcome, feed, names};
use crate::update;

/// A machine linked to project web on cluster gpu. The team has TOKEN, web has API_KEY, gpu has GPU_KEY.
fn bench() -> Bench {
    let bench = Bench::linked();
    bench.set("TOKEN", "team", &["-g"]);
    bench.set("API_KEY", "web's", &["-p", "web"]);
    bench.set("GPU_KEY", "gpu", &["-c", "gpu"]);
    bench
}

/// Resolves a file with this text to NUL-terminated pairs.
fn pairs(bench: &Bench, option: &str, text: &[u8], more: &[&str]) -> Outcome {
    fs::write(bench.work().join("list"), text).unwrap();
    bench.etui([&["resolve", option, "list", "--format", "null"], more].concat())
}

/// The path of a fixture.
fn fixture(name: &str) -> String {
    format!("{}/fixtures/specs/{name}", env!("CARGO_MANIFEST_DIR"))
}

// dotenv files.

#[test]
fn the_entries_of_a_dotenv_file_are_printed_with_references_resolved() {
    let bench = bench();
    let text = b"# what the program wants\nexport A=secret:TOKEN\nB='plain $X'\n\nC=\"secret:API_KEY\" # and why\nD=secret:GPU_KEY\nE=\n";
    pairs(&bench, "--env-file", text, &[]).prints("A=team\0B=plain $X\0C=web's\0D=gpu\0E=\0").says("");
    // Only what the file names, in the order of the file.
    bench.etui(["resolve", "--env-file", "list"]).ok().prints("A=team\nB='plain $X'\nC=\"web's\"\nD=gpu\nE=''\n");
    let outcome = bench.etui(["run", "--env-file", "list", "--clean-env", "env"]).ok();
    let mut given: Vec<&str> = outcome.text().lines().filter(|line| line.as_bytes()[1] == b'=').collect();
    given.sort_unstable();
    assert_eq!(given, ["A=team", "B=plain $X", "C=web's", "D=gpu", "E="]);
    assert!(!outcome.text().contains("TOKEN=") && !outcome.text().contains("API_KEY="));
}

#[test]
fn a_reference_resolves_in_the_chosen_context() {
    let bench = bench();
    bench.set("TOKEN", "api's", &["-p", "api"]);
    bench.etui(["env", "set", "AUTH", "x", "-p", "web"]).ok();
    let text = b"A=secret:TOKEN\n";
    pairs(&bench, "--env-file", text, &[]).prints("A=team\0");
    pairs(&bench, "--env-file", text, &["-p", "api"]).prints("A=api's\0");
    pairs(&bench, "--env-file", text, &["-g"]).prints("A=team\0");
    pairs(&bench, "--env-file", b"A=secret:API_KEY\n", &["-p", "api"]).fails(
        3,
        "error: list:1: A refers to API_KEY, which is not set in project api on cluster gpu of team acme\n \
         hint: it is set in project web: `etui get API_KEY -p web`",
    );
    // References are one level deep and find only secrets.
    pairs(&bench, "--env-file", b"B=x\nA=secret:AUTH\nC=secret:B\n", &["--only", "B"]).prints("B=x\0");
    assert_eq!(pairs(&bench, "--env-file", b"A=secret:AUTH\n", &[]).code, 3);
    assert_eq!(pairs(&bench, "--env-file", b"B=x\nC=secret:B\n", &[]).code, 3);
    bench.set("TWICE", "secret:TOKEN", &["-g"]);
    pairs(&bench, "--env-file", b"A=secret:TWICE\n", &[]).prints("A=secret:TOKEN\0");
}

#[test]
fn a_missing_reference_is_reported_with_file_line_and_entry() {
    let bench = bench();
    fs::create_dir(bench.work().join("sub")).unwrap();
    fs::write(bench.work().join("sub/app.env"), "A=1\n\nB='x\ny'\nC=secret:TOKNE\n").unwrap();
    let message = "error: sub/app.env:5: C refers to TOKNE, which is not set in project web on cluster gpu of team acme\n \
                hint: did you mean TOKEN?";
    bench.etui(["resolve", "--env-file", "sub/app.env"]).fails(3, message);
    bench.etui(["run", "--env-file", "sub/app.env", "echo", "ran"]).fails(3, message);
    bench.etui(["resolve", "--env-file", "app.env", "--cwd", "sub"]).fails(3, &message.replace("sub/", ""));
    fs::write(bench.work().join("spec.yaml"), "env:\n- name: some-env\n\n  value: file:TOKNE\n").unwrap();
    let message = message.replace("sub/app.env:5: C", "spec.yaml:2: some-env");
    bench.etui(["resolve", "--spec", "spec.yaml"]).fails(3, &message);
    bench.etui(["run", "--spec", "spec.yaml", "echo", "ran"]).fails(3, &message);
    let outcome = bench.etui(["resolve", "--spec", "spec.yaml", "-j"]);
    assert!(outcome.err.starts_with(
        "{\"error\":{\"code\":\"reference_missing\",\"exit\":3,\"message\":\"spec.yaml:2: some-env refers to"
    ));
    // An excluded entry is not checked.
    bench.etui(["resolve", "--env-file", "sub/app.env", "--only", "A"]).prints("A=1\n");
    bench.etui(["run", "--env-file", "sub/app.env", "--except", "C", "printenv", "B"]).prints("x\ny\n");
}

#[test]
fn only_and_except_select_names_of_the_file() {
    let bench = bench();
    let text = b"A=1\nfoo.bar=2\n1X=3\nTOKEN=4\n";
    pairs(&bench, "--env-file", text, &["--only", "foo.bar,A"]).prints("A=1\0foo.bar=2\0").says("");
    pairs(&bench, "--env-file", text, &["--only", "API_KEY"]).fails(3, "error: list does not list API_KEY");
    pairs(&bench, "--env-file", text, &["--only", "TOKNE"])
        .fails(3, "error: list does not list TOKNE\n hint: did you mean TOKEN?");
    let outcome = bench.etui(["run", "--env-file", "list", "--except", "foo.bar,TOKNE", "env"]).ok();
    assert!(outcome.text().contains("1X=3\n") && !outcome.text().contains("foo.bar"), "{}", outcome.text());
    outcome.says("warning: --except TOKNE: nothing here sets it; did you mean TOKEN?");
}

#[test]
fn byte_order_marks_and_foreign_line_ends_are_dropped() {
    let bench = bench();
    pairs(&bench, "--env-file", b"\xef\xbb\xbfA=secret:TOKEN\r\nB=\"x\r\ny\"\r\nC=z\r\n", &[])
        .prints("A=team\0B=x\ny\0C=z\0")
        .says("");
    pairs(&bench, "--spec", b"\xef\xbb\xbfenv:\r\n- name: A\r\n  value: secret:TOKEN\r\n", &[])
        .prints("A=team\0")
        .says("");
    pairs(&bench, "--spec", b"{\"env\": [{\"name\": \"A\", \"value\": \"secret:TOKEN\"}]}", &[])
        .prints("A=team\0")
        .says("");
    pairs(&bench, "--env-file", b"", &[]).prints("").says("");
    pairs(&bench, "--spec", b"", &[]).prints("").says("");
}

#[test]
fn oddities_are_reported_without_values() {
    let bench = bench();
    let text = b"A=1\nA=2\nno line of it: hunter2\nPASS=hunter2#x\nX=$HOME hunter2\nexport\n";
    let outcome = pairs(&bench, "--env-file", text, &[]);
    assert_eq!(outcome.text(), "A=2\0PASS=hunter2#x\0X=$HOME hunter2\0");
    assert!(
        outcome.err.starts_with("warning: list:2: A is also set on line 1; the last value wins\n"),
        "{}",
        outcome.err
    );
    assert!(outcome.err.lines().count() >= 3 && !outcome.err.contains("hunter2"), "{}", outcome.err);
    assert!(outcome.err.lines().all(|line| line.starts_with("note: list:") || line.starts_with("warning: list:")));
    for (text, message) in [
        (&b"A=hunter2\nB=\xff\n"[..], "error: list:2: not UTF-8 text"),
        (b"A=x\nB=hunter2\0\n", "error: list:2: B: a NUL at byte 7, which no environment can hold"),
    ] {
        pairs(&bench, "--env-file", text, &[]).fails(1, message);
    }
    let work = bench.work();
    fs::remove_file(work.join("list")).unwrap();
    for option in ["--env-file", "--spec"] {
        bench.etui(["resolve", option, "none"]).fails(1, "error: cannot read none: no such file or directory");
        bench.etui(["resolve", option, "."]).fails(1, "error: cannot read .: is a directory");
    }
    assert_eq!(names(work), [".etui.toml"]);
}

#[test]
fn a_text_that_looks_like_a_reference_can_be_a_plain_value() {
    let bench = bench();
    let text = b"A=literal:secret:TOKEN\nB=literal:x\nC=literal:secret:\nD=literal:secret:my-key\n\
        E=literal:literal:file:TOKEN\nF=file:/etc/x\nG=x-secret:1\nH=literal:Secret:TOKEN\nI=file:./dev.db\n";
    let plain = "A=secret:TOKEN\0B=literal:x\0C=secret:\0D=secret:my-key\0\
        E=literal:file:TOKEN\0F=file:/etc/x\0G=x-secret:1\0H=Secret:TOKEN\0I=file:./dev.db\0";
    pairs(&bench, "--env-file", text, &[]).prints(plain);
    let spec = String::from_utf8(text.to_vec()).unwrap().replace('=', ": ").replace("secret:\n", "secret:''\n");
    let spec = spec.replace("literal:secret:''", "'literal:secret:'");
    pairs(&bench, "--spec", spec.as_bytes(), &[]).prints(plain);
}

#[test]
fn a_text_that_is_almost_a_reference_is_refused() {
    let bench = bench();
    let refused = "looks like a reference to a secret, but is not one";
    let name = "`secret:NAME`, with the name of a secret: letters, digits and `_`";
    for (value, hint) in [
        ("secret:my-key", name),
        ("secret:", name),
        ("secret:1x", name),
        ("secret:api-key", "did you mean `secret:API_KEY`?"),
        ("secret: TOKEN", "did you mean `secret:TOKEN`?"),
        ("secret:TOKEN ", "did you mean `secret:TOKEN`?"),
        ("secret://TOKEN", "did you mean `secret:TOKEN`?"),
        ("secret:${TOKEN}", "did you mean `secret:TOKEN`?"),
        ("Secret:TOKEN", "did you mean `secret:TOKEN`?"),
        ("SECRET:TOKEN", "did you mean `secret:TOKEN`?"),
        ("\"secret:TOKEN\"", "did you mean `secret:TOKEN`?"),
        ("File:TOKEN", "did you mean `file:TOKEN`?"),
        ("file:api-key", "did you mean `file:API_KEY`?"),
        ("file:", "`file:NAME`, with the name of a secret: letters, digits and `_`"),
    ] {
        let kind = if value.to_lowercase().contains("file") { "file" } else { "secret" };
        let literal = format!("`literal:{kind}:…`, if it is meant as text");
        let message = format!("error: list:2: B {refused}\n hint: {hint}; or {literal}");
        let json = serde_json::json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": value}]});
        let spec = serde_json::to_string(&json).unwrap().replace("},", "},\n");
        pairs(&bench, "--spec", spec.as_bytes(), &[]).fails(2, &message);
        let text = format!("A=1\nB='{value}'\n");
        let outcome = pairs(&bench, "--env-file", text.as_bytes(), &[]);
        assert!(outcome.code == 2 && outcome.err.trim_end().ends_with(&message), "{value}: {}", outcome.err);
        bench.etui(["run", "--env-file", "list", "echo", "ran"]).exits(2, "");
        // An entry that is left out is not checked.
        pairs(&bench, "--env-file", text.as_bytes(), &["--only", "A"]).prints("A=1\0");
    }
    let outcome = pairs(&bench, "--env-file", b"A=secret:hunter2-x\n", &["-j"]);
    assert!(outcome.err.starts_with("{\"error\":{\"code\":\"bad_reference\",\"exit\":2,"), "{}", outcome.err);
    assert!(!outcome.err.contains("hunter2"), "{}", outcome.err);
}

#[test]
fn standard_input_can_be_the_file() {
    let bench = bench();
    let read = |arguments: &[&str], text: &str| feed(&mut bench.command(arguments), text.as_bytes());
    read(&["resolve", "--env-file", "-"], "A=secret:TOKEN\n").prints("A=team\n").says("");
    read(&["resolve", "--spec", "-"], "env: {A: secret:TOKEN}").prints("A=team\n").says("");
    read(&["run", "--env-file", "-", "printenv", "A"], "A=secret:TOKEN\n").prints("team\n");
    // The command does not get the standard input that etui has read.
    read(&["run", "--env-file", "-", "cat"], "A=secret:TOKEN\n").prints("");
    read(&["resolve", "--env-file", "-"], "\nA=secret:NONE\n").fails(
        3,
        "error: standard input:2: A refers to NONE, which is not set in project web on cluster gpu of team acme\n \
         hint: `etui set NONE -p web`",
    );
    fs::write(bench.work().join("-"), "A=file\n").unwrap();
    bench.etui(["resolve", "--env-file", "./-"]).prints("A=file\n");
}

#[test]
fn reserved_names_in_files_are_refused_too() {
    let bench = bench();
    for (option, text) in
        [("--env-file", "NODE_OPTIONS=secret:TOKEN\nA=1\n"), ("--spec", "NODE_OPTIONS: secret:TOKEN\nA: 1\n")]
    {
        fs::write(bench.work().join("list"), text).unwrap();
        let message = "error: NODE_OPTIONS is a reserved name: node loads code from it\n \
                    hint: choose another name; or `--allow-reserved` accepts it";
        bench.etui(["resolve", option, "list"]).fails(2, message);
        bench.etui(["run", option, "list", "echo", "ran"]).fails(2, message);
        bench.etui(["run", option, "list", "--preserve-env", "echo", "ran"]).fails(2, message);
        bench.etui(["resolve", option, "list", "--only", "A"]).prints("A=1\n");
        bench.etui(["run", option, "list", "--except", "NODE_OPTIONS", "printenv", "A"]).prints("1\n");
        bench.etui(["resolve", option, "list", "--allow-reserved"]).prints("NODE_OPTIONS=team\nA=1\n");
        bench.etui(["run", option, "list", "--allow-reserved", "printenv", "NODE_OPTIONS"]).prints("team\n");
    }
    for name in ["PATH", "LD_PRELOAD", "BASH_ENV", "GIT_SSH_COMMAND", "ETUI_KEY", "BASH_FUNC_x%%", "GIT_CONFIG_COUNT"] {
        fs::write(bench.work().join("spec.yaml"), format!("'{name}': x\n")).unwrap();
        let outcome = bench.etui(["run", "--spec", "spec.yaml", "echo", "ran"]);
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{name}");
        assert!(outcome.err.starts_with(&format!("error: {name} is a reserved name: ")), "{}", outcome.err);
    }
    let outcome = bench.etui(["run", "--spec", "spec.yaml", "--allow-reserved", "true"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    fs::write(bench.work().join("spec.yaml"), "ETUI_KEY: x\n").unwrap();
    bench
        .etui(["run", "--spec", "spec.yaml", "--allow-reserved", "true"])
        .fails(2, "error: ETUI_KEY is a reserved name: etui itself reads it");
}

#[test]
fn conflicting_options_are_refused() {
    let bench = bench();
    fs::write(bench.work().join("a"), "A=1\n").unwrap();
    for options in [&["--env-file", "a", "--spec", "a"][..], &["--job", "x"], &["--env-file", "a", "--job", "x"]] {
        for verb in [&["resolve"][..], &["run"]] {
            let outcome = bench.etui([verb, options, if verb == ["run"] { &["echo", "ran"] } else { &[] }].concat());
            assert_eq!((outcome.code, outcome.text()), (2, ""), "{verb:?} {options:?}: {}", outcome.err);
        }
    }
}

#[test]
fn file_references_are_left_out_of_texts() {
    let bench = bench();
    bench.set("BYTES", "", &["-g"]);
    fs::write(bench.work().join("bytes"), b"\xff\0").unwrap();
    bench.etui(["set", "BYTES", "-g", "--file", "bytes"]).ok();
    let left_out = "note: B is left out, since it is a file: `--files DIR` writes it";
    for (option, text) in [
        ("--env-file", "A=secret:BYTES\nB=file:BYTES\n"),
        ("--spec", "env: [{name: A, value: 'secret:BYTES'}, {name: B, value: 'file:BYTES'}]"),
    ] {
        fs::write(bench.work().join("list"), text).unwrap();
        bench.etui(["resolve", option, "list"]).prints("A=/wA=\n").says(left_out);
        bench.etui(["resolve", option, "list", "--only", "A"]).prints("A=/wA=\n");
        let outcome =
            bench.etui(["run", option, "list", "sh", "-c", "printf %s \"$A\"; cat \"$B\"; ls -d \"$B\" >&2"]).ok();
        assert_eq!(outcome.out, b"/wA=\xff\0");
        assert!(!fs::exists(outcome.err.trim()).unwrap(), "{}", outcome.err);
    }
}

// Specs.

#[test]
fn the_fixtures_resolve_to_what_their_consumers_would_use() {
    let bench = bench();
    for name in ["DATABASE_URL", "HF_TOKEN", "WANDB_API_KEY", "PAPERSPACE_API_KEY", "GCS_KEY"] {
        bench.set(name, name.to_lowercase(), &["-g"]);
    }
    let resolve = |file: &str, more: &[&str]| {
        bench.etui([&["resolve", "--spec", &fixture(file), "--format", "null"], more].concat())
    };
    resolve("deployment.yaml", &[]).says("").prints(
        "some-env=web's\0DATABASE_URL=database_url\0WORKERS=4\0VERSION=1.10\0DEBUG=no\0MOTTO=it's fine: # really\0GREETING=hello,\nworld\0",
    );
    bench.etui(["resolve", "--spec", &fixture("deployment.yaml")]).fails(
        1,
        "error: dotenv cannot hold some-env: the format does not allow this name\n hint: use `--format json`, `yaml` or `null`; or `--except some-env` leaves it out",
    );
    bench.etui(["run", "--spec", &fixture("deployment.yaml"), "printenv", "some-env"]).prints("web's\n");
    resolve("map.yaml", &["--only", "DATABASE_URL,LOG_LEVEL,PORT,FEATURE_X,RELEASED"])
        .prints("DATABASE_URL=database_url\0LOG_LEVEL=info\0PORT=8080\0FEATURE_X=on\0RELEASED=2026-11-21\0");
    bench.etui(["run", "--spec", &fixture("map.yaml"), "sh", "-c", "cat $GCS_KEY_FILE"]).prints("gcs_key");
    let workflow = fixture("workflow.yaml");
    let note = format!("note: {workflow}:10: ignored: only the `env` of the job is read");
    let train = "HF_TOKEN=hf_token\0WANDB_API_KEY=wandb_api_key\0EPOCHS=10\0LEARNING_RATE=3e-4\0";
    for (job, given) in
        [("fetch", ""), ("train", train), ("evaluate", train), ("deploy", "PAPERSPACE_API_KEY=paperspace_api_key\0")]
    {
        resolve("workflow.yaml", &["--job", job]).prints(given).says(&note);
    }
    let jobs = " hint: `--job` with fetch, train, evaluate or deploy";
    resolve("workflow.yaml", &[]).fails(2, &format!("error: {workflow} has several jobs; name one\n{jobs}"));
    resolve("workflow.yaml", &["--job", "tarin"]).fails(2, &format!("error: {workflow} has no job tarin\n{jobs}"));
    let deployment = fixture("deployment.yaml");
    resolve("deployment.yaml", &["--job", "x"]).fails(2, &format!("error: {deployment} has no jobs"));
}

#[test]
fn an_invalid_spec_is_refused_with_its_line_and_without_its_text() {
    let bench = bench();
    for (text, message) in [
        ("hunter2", "error: list:1: expected a map of names and values"),
        ("env: hunter2\n", "error: list:1: `env` must be a list or a map"),
        ("\nenv:\n- hunter2\n", "error: list:3: an item of `env` must be a map with `name` and `value`"),
        ("env:\n- value: hunter2\n", "error: list:2: an item of `env` has no name"),
        ("A: 1\nB: [hunter2]\n", "error: list:2: B: a list is not a value"),
    ] {
        let outcome = pairs(&bench, "--spec", text.as_bytes(), &[]);
        assert_eq!((outcome.code, outcome.text()), (1, ""), "{text:?}");
        assert!(!outcome.err.contains("hunter2"), "{}", outcome.err);
        update::text(outcome.err.lines().next().unwrap_or_default(), message, text);
    }
    let outcome = pairs(&bench, "--spec", b"env: {A: hunter2\n", &[]);
    assert!(
        outcome.code == 1 && outcome.err.starts_with("error: list:") && !outcome.err.contains("hunter2"),
        "{outcome:?}"
    );
}

#[test]
fn odd_names_are_printed_in_formats_that_can_hold_them_and_escaped_in_messages() {
    let bench = bench();
    for (name, shown, fits) in [
        ("some-env", "some-env", "docker k8s json yaml null"),
        ("foo.bar", "foo.bar", "docker k8s json yaml null"),
        ("1X", "1X", "docker k8s json yaml null"),
        ("a\nB", "a\\nB", "json yaml null"),
        ("#x", "#x", "json yaml null"),
        (" x", " x", "json yaml null"),
        ("export A", "export A", "json yaml null"),
        ("a\tb", "a\\tb", "json yaml null"),
        ("\u{1b}[31mred", "\\u{1b}[31mred", "json yaml null"),
        ("\u{202e}rtl", "\\u{202e}rtl", "json yaml null"),
        ("é", "é", "json yaml null"),
    ] {
        let spec = |value: &str| {
            fs::write(bench.work().join("spec"), serde_json::json!({ "env": { name: value } }).to_string())
        };
        spec("v").unwrap();
        for format in
            ["dotenv", "shell", "fish", "powershell", "systemd", "github", "docker", "k8s", "json", "yaml", "null"]
        {
            let more: &[&str] = if format == "k8s" { &["--name", "x"] } else { &[] };
            let outcome = bench.etui([&["resolve", "--spec", "spec", "--format", format], more].concat());
            if fits.split(' ').any(|fit| fit == format) {
                outcome.ok();
            } else {
                let message = format!("error: {format} cannot hold {shown}: the format does not allow this name\n");
                assert!(
                    outcome.code == 1 && outcome.text().is_empty() && outcome.err.starts_with(&message),
                    "{name:?} {format}: {outcome:?}"
                );
            }
        }
        let outcome = bench.etui(["run", "--spec", "spec", "env", "-0"]).ok();
        assert!(outcome.text().split('\0').any(|pair| pair == format!("{name}=v")), "{name:?}");
        spec("secret:NONE").unwrap();
        let outcome = bench.etui(["resolve", "--spec", "spec"]);
        assert!(outcome.err.starts_with(&format!("error: spec:1: {shown} refers to NONE, ")), "{}", outcome.err);
    }
}
