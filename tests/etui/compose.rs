//! `compose`: what docker compose calls for `provider: {type: etui}`, and the messages that it reads
//! (docs/extension.md of github.com/docker/compose).

use std::fs;

use serde_json::{Value, json};

use crate::bench::{Bench, Outcome, lock};

/// Calls etui as compose does: `etui compose --project-name=NAME up --OPTION=VALUE … SERVICE`.
fn call(bench: &Bench, command: &str, options: &[&str]) -> Outcome {
    let before = ["compose", "--project-name=shop", command];
    bench.etui(before.iter().chain(options).chain(&["secrets"]))
}

/// What `up` prints, without what compose shows to somebody who looks for a fault.
fn up(bench: &Bench, options: &[&str]) -> Outcome {
    let outcome = call(bench, "up", options);
    let shown = outcome.text().lines().filter(|line| !line.starts_with(r#"{"type":"debug","#));
    let out = shown.map(|line| format!("{line}\n")).collect::<String>().into_bytes();
    Outcome { out, ..outcome }
}

/// The messages, read as compose reads them.
fn messages(outcome: &Outcome) -> Vec<(String, String)> {
    let read = |line: &str| {
        let message: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| message[name].as_str().unwrap().to_owned();
        (text("type"), text("message"))
    };
    outcome.text().lines().map(read).collect()
}

/// The variables that compose gives to the services, which depend on this one.
fn variables(outcome: &Outcome) -> Vec<(String, String)> {
    let variables = messages(outcome).into_iter().filter(|(kind, _)| kind == "rawsetenv");
    let split = |(_, message): (String, String)| message.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
    variables.map(|variable| split(variable).unwrap()).collect()
}

#[test]
fn prints_one_message_for_each_variable_and_what_there_is_to_say() {
    let bench = Bench::linked();
    bench.set("DATABASE_URL", "postgres://a:b@db/web?x=1&y=2", &["-p", "web"]);
    bench.set("DOLLAR", "pa$word ${HOME} $$ `id`", &["-g"]);
    bench.set("KEY", "-- begin\r\n\"AbC\"\\\n\t\u{2028}é\n", &["-c", "gpu"]);
    bench.set("EMPTY", "", &["-g"]);
    bench.etui(["env", "set", "LEVEL", "info", "-g"]).ok();
    bench.etui(["env", "set", "CERT", "file:KEY", "-g"]).ok();
    let left_out = "CERT is left out, since it is a file: docker compose cannot hand it over";
    up(&bench, &["--project=web", "--cluster=gpu"])
        .prints(concat!(
            "{\"type\":\"info\",\"message\":\"CERT is left out, since it is a file: docker compose cannot hand it over\"}\n",
            "{\"type\":\"info\",\"message\":\"5 variables of project web on cluster gpu of team acme\"}\n",
            "{\"type\":\"rawsetenv\",\"message\":\"DATABASE_URL=postgres://a:b@db/web?x=1&y=2\"}\n",
            "{\"type\":\"rawsetenv\",\"message\":\"DOLLAR=pa$word ${HOME} $$ `id`\"}\n",
            "{\"type\":\"rawsetenv\",\"message\":\"EMPTY=\"}\n",
            "{\"type\":\"rawsetenv\",\"message\":\"KEY=-- begin\\r\\n\\\"AbC\\\"\\\\\\n\\t\\u2028é\\n\"}\n",
            "{\"type\":\"rawsetenv\",\"message\":\"LEVEL=info\"}\n",
        ))
        .says(&format!("note: {left_out}\n5 variables of project web on cluster gpu of team acme"));
    // The values are those that `resolve` prints.
    let outcome = up(&bench, &[]).ok();
    let resolved = bench.etui(["resolve", "--format", "json", "--except", "CERT"]).document();
    let given: serde_json::Map<_, _> =
        variables(&outcome).into_iter().map(|(name, value)| (name, Value::from(value))).collect();
    assert_eq!(Value::Object(given), resolved);
    // For whoever looks for a fault, the vault is named.
    let all = messages(&call(&bench, "up", &[]));
    let vault = format!("vault {}", bench.vault().display());
    assert!(all.iter().any(|(kind, text)| kind == "debug" && text.starts_with(&vault)), "{all:?}");
    // Again, the same: the protocol demands it.
    up(&bench, &[]).prints(outcome.text());
}

#[test]
fn takes_the_options_of_the_compose_file_as_compose_writes_them() {
    let bench = Bench::linked();
    let elsewhere = Bench::new();
    for (name, scope) in [("A", "-g"), ("B", "-g"), ("C", "-p=web"), ("D", "-c=gpu"), ("E", "-p=api")] {
        bench.set(name, name.to_lowercase(), &[scope]);
    }
    let gives = |bench: &Bench, options: &[&str], names: &[&str]| {
        let given = variables(&up(bench, options).ok());
        assert_eq!(given.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names, "{options:?}");
    };
    // The link names the project and the cluster.
    gives(&bench, &[], &["A", "B", "C", "D"]);
    gives(&bench, &["--project=api"], &["A", "B", "D", "E"]);
    gives(&bench, &["--global=true"], &["A", "B"]);
    gives(&bench, &["--global=false"], &["A", "B", "C", "D"]);
    gives(&bench, &["--only=A,C"], &["A", "C"]);
    // A list in the compose file is repeated.
    gives(&bench, &["--only=A", "--only=C"], &["A", "C"]);
    gives(&bench, &["--except=A,B"], &["C", "D"]);
    let (vault, key) =
        (format!("--vault={}", bench.vault().display()), format!("--identity={}", bench.key().display()));
    gives(&elsewhere, &[&vault, &key, "--project=web"], &["A", "B", "C"]);
    let elsewhere = format!("--cwd={}", bench.home().display());
    gives(&bench, &[&elsewhere, "--cluster=gpu"], &["A", "B", "D"]);
    // The words of a text with spaces, as a person would write it.
    gives(&bench, &["--only=A, C"], &["A", "C"]);

    for options in [&[][..], &["--project=web", "--only=A"]] {
        call(&bench, "down", options).prints("").says("");
    }
}

#[test]
fn describes_its_options() {
    let bench = Bench::new();
    let option = |name: &str, kind: &str, description: &str| json!({"name": name, "description": description, "required": false, "type": kind});
    let parameters = [
        option("project", "string", "Use this project"),
        option("cluster", "string", "Use this cluster"),
        option("global", "boolean", "Use the team alone: true or false"),
        option("only", "string", "Use these names only: a list, or one text with commas"),
        option("except", "string", "Leave these names out"),
        option("strict", "boolean", "Fail instead of leaving file: entries out: true or false"),
        option("team", "string", "Use the vault of this team"),
        option("vault", "string", "Use the vault in this file"),
        option("identity", "string", "Use the key in this file; may be repeated; - is standard input"),
        option("cwd", "string", "Work in this directory; relative paths follow it"),
    ];
    let expected = json!({
        "description": "Gives the secrets of an etui vault to the services that depend on this one",
        "up": {"parameters": parameters},
        "down": {"parameters": []},
    });
    assert_eq!(bench.etui(["compose", "metadata"]).ok().says("").document(), expected);
    // Compose passes each of them on, and up takes it.
    let bench = Bench::linked();
    for option in parameters {
        let value = if option["type"] == "boolean" { "true" } else { "nothing" };
        let outcome = up(&bench, &[&format!("--{}={value}", option["name"].as_str().unwrap())]);
        assert!(!outcome.err.contains("there is no option"), "{outcome:?}");
    }
}

/// It failed with this exit code, and printed one message, which is this error.
#[track_caller]
fn fails(outcome: Outcome, code: i32, message: &str) {
    assert_eq!(outcome.code, code, "{outcome:?}");
    let all = messages(&outcome);
    let (kind, text) = all.last().unwrap();
    assert_eq!(kind, "error", "{all:?}");
    crate::update::text(text, message, "");
    assert!(all.iter().all(|(kind, _)| kind != "rawsetenv"), "{all:?}");
    // Whoever looks at standard error sees the same.
    let shown = format!("error: {}\n", text.replace("\nhint: ", "\n hint: "));
    assert!(outcome.err.ends_with(&shown), "{}", outcome.err);
}

#[test]
fn every_error_is_a_message_and_an_exit_code() {
    let bench = Bench::linked();
    bench.set("DATABASE_URL", "v", &["-g"]);
    fails(
        up(&bench, &["--project=wbe"]),
        3,
        "no project wbe in team acme\nhint: did you mean web? to create it: `etui project create wbe`",
    );
    fails(
        up(&bench, &["--only=DATABASE_ULR"]),
        3,
        "DATABASE_ULR is not set in project web on cluster gpu of team acme\n\
         hint: did you mean DATABASE_URL?",
    );
    fails(
        up(&bench, &["--except=DATABASE_ULR"]),
        3,
        "DATABASE_ULR is not set in project web on cluster gpu of team acme\n\
         hint: did you mean DATABASE_URL?",
    );
    fails(up(&bench, &["--projct=web"]), 2, "there is no option `--projct`\nhint: did you mean `--project`?");
    fails(
        up(&bench, &["--global=yes"]),
        2,
        "`yes` is not a valid value for `--global`: use true or false\n\
         hint: `etui compose --help`",
    );
    fails(
        up(&bench, &["--global=true", "--project=web"]),
        2,
        "the argument '--global <BOOL>' cannot be used with '--project <ID>'\n\
         hint: `etui compose --help`",
    );
    fails(bench.etui(["compose", "--project-name=shop", "up"]), 2, "<SERVICE> is missing\nhint: `etui compose --help`");
    fails(
        bench.etui(["compose", "--project-name=shop", "stop", "secrets"]),
        2,
        "there is no command `stop`\n\
         hint: `etui compose --help`",
    );
    fails(up(&bench, &["--cwd=nowhere"]), 2, &format!("{}/nowhere is not a directory", bench.work().display()));
    // Compose writes what it decodes to the terminal.
    let message = format!("{}/\\u{{1b}}]0;x is not a directory", bench.work().display());
    fails(up(&bench, &["--cwd=\u{1b}]0;x"]), 2, &message);
    fails(
        up(&bench, &["--team=other"]),
        3,
        "this laptop knows no vault of team other\n\
         hint: the only team here is acme; or clone the repository that has it, then `etui vault add FILE`",
    );

    bench.etui(["env", "set", "CERT", "file:DATABASE_URL", "-g"]).ok();
    fails(
        up(&bench, &["--strict=true"]),
        1,
        "CERT is a file, which docker compose cannot hand over\n\
         hint: the option `except: CERT` leaves out what is a file; or `etui resolve --files DIR` writes it; mount that",
    );
    bench.set("LARGE", vec![b'x'; 131_072], &["-g"]);
    fails(
        up(&bench, &[]),
        1,
        "a container's environment cannot hold LARGE: with its name it has more than 131,071 bytes\n\
         hint: mount it as a file; or `--except LARGE` leaves it out",
    );
    bench.etui(["delete", "LARGE", "-g"]).ok();
    bench.etui(["env", "set", "PATH", "/evil", "-g", "--allow-reserved"]).ok();
    fails(
        up(&bench, &[]),
        2,
        "PATH is a reserved name: programs are looked up in it\n\
         hint: choose another name; or `--allow-reserved` accepts it",
    );
    bench.etui(["env", "delete", "PATH", "-g"]).ok();
    bench.etui(["env", "set", "DB", "secret:DATABASE_URL", "-g"]).ok();
    bench.etui(["delete", "DATABASE_URL", "-g", "--force"]).ok();
    fails(
        up(&bench, &["--except=CERT"]),
        3,
        "entry DB of team acme refers to DATABASE_URL, which is not set in project web on cluster gpu of team acme\n\
         hint: `etui set DATABASE_URL -p web`; or without the entry: `etui env delete DB -g`",
    );
}

#[test]
fn asks_nothing_and_says_how_to_unlock_a_key() {
    let bench = Bench::linked();
    bench.set("A", "1", &["-g"]);
    let text = fs::read_to_string(bench.key()).unwrap();
    fs::write(bench.key(), lock(&text, "secret")).unwrap();
    let key = bench.key().display().to_string();
    fails(
        up(&bench, &[]),
        5,
        &format!(
            "{key} is behind a passphrase, and there is no terminal to ask for it\nhint: first, on a terminal: `etui unlock`; or `ETUI_KEY_COMMAND` can print the key"
        ),
    );
    fs::remove_file(bench.key()).unwrap();
    fails(
        up(&bench, &[]),
        5,
        &format!(
            "no key on this laptop: {key} does not exist\n\
             hint: name one with `-i FILE` or `ETUI_KEY_FILE`; or new to the team? `etui join`; or have it on paper? `etui key restore`"
        ),
    );
    // A link that nobody accepted, as in a clone.
    let other = Bench::new();
    fs::write(other.work().join(".etui.toml"), "team = \"acme\"\nproject = \"web\"\n").unwrap();
    let link = other.work().join(".etui.toml");
    let hint = "read it, then accept it: `etui link --accept`; or name the vault and the section yourself: `-t TEAM -p PROJECT`";
    let message = format!("the link {} has not been accepted on this machine\nhint: {hint}", link.display());
    fails(up(&other, &[]), 2, &message);
}
