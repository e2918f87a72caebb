//! Secret values appear only on the standard output of `get`, `resolve` and `run`. No message, log line or
//! other output repeats one, whatever is typed.

use etui::keys::{Card, Identity};

use crate::bench::{Bench, bytes, feed};

const CANARY: &str = "hunter2canary";

/// Commands about secrets.
const SECRETS: &[&[&str]] = &[
    &["status"],
    &["status", "--disputes"],
    &["link"],
    &["list"],
    &["list", "--all"],
    &["list", "--effective"],
    &["list", "A*", "-F", "name,size,kind,refers"],
    &["compare", "team", "project:web", "--all"],
    &["compare", "project:web", "project:api", "-j"],
    &["which"],
    &["which", CANARY],
    &["which", "--history"],
    &["get", "A", "--copy"],
    &["explain"],
    &["explain", "A"],
    &["history", "B"],
    &["project", "list"],
    &["cluster", "list"],
    &["set", "A", "--value", CANARY],
    &["set", "C", "--value", CANARY, "--note", "x"],
    &["create", "A", "--value", CANARY],
    &["update", "NONE", "--value", CANARY],
    &["update", "A", "--value", CANARY, "-p", "none"],
    &["set", "A", "--value", CANARY, "--expires", "90d"],
    &["rename", "A", "D"],
    &["move", "A", "--to", "project:api"],
    &["copy", "A", "--to", "project:api"],
    &["delete", "A"],
    &["restore", "A"],
    &["restore", "B", "--version", "9"],
    &["purge", "-y"],
    &["project", "close", "web", "--for", "alice", "-y"],
    &["project", "open", "web", "-y"],
    &["cluster", "close", "gpu", "--for", "alice", "-y"],
    &["cluster", "open", "gpu", "-y"],
    &["project", "restore", "web", "--from", "acme.age", "-y"],
    &["cluster", "restore", "gpu", "--from", "acme.age", "-y"],
    &["project", "delete", "web"],
    &["project", "delete", "web", "--force", "-y"],
    &["resolve", "--only", "NONE"],
    &["get", "NONE"],
    &["run", "no-such-command"],
    &["run", "true"],
    &["secret", "create", "E", CANARY],
    &["secret", "create", "A", CANARY],
    &["secret", "update", "A", CANARY],
    &["secret", "update", "NONE", CANARY],
    &["secret", "get", "A"],
    &["secret", "list"],
    &["secret", "delete", "A"],
    &["secrets", "set", "team", "--name", "A", "--value", CANARY],
    &["secrets", "set", "project", "--name", "A", "--value", CANARY],
    &["secrets", "list", "team"],
    &["secrets", "delete", "team", "--name", "A"],
];

/// Commands about env entries and files that contain values.
const ENTRIES_AND_FILES: &[&[&str]] = &[
    &["env", "list"],
    &["env", "set", "PLAIN", CANARY],
    &["env", "set", "A", CANARY],
    &["env", "set", "PATH", CANARY],
    &["env", "delete", "PLAIN"],
    &["env", "delete", "A"],
    &["use", "A", "--as", "NEW"],
    &["use", "A", "--as", "B"],
    &["use", "NONE"],
    &["use"],
    &["secrets", "set"],
    &["history", "PLAIN_TOO"],
    &["restore", "PLAIN_TOO"],
    &["explain", "PLAIN"],
    &["set", "PLAIN", "--value", CANARY],
    &["delete", "A"],
    &["delete", "A", "--force"],
    &["list", "--effective"],
    &["resolve", "--strict"],
    &["resolve", "-p", "api"],
    &["resolve", "-p", "api", "--only", "RUNS", "--format", "dotenv"],
    &["resolve", "-p", "api", "--only", "LARGE", "--format", "docker"],
    &["run", "-p", "api", "true"],
    &["run", "-p", "api", "--except", "BROKEN", "true"],
    &["resolve", "-p", "api", "--except", "BROKEN", "--strict"],
    &["resolve", "-p", "api", "--except", "BROKEN", "--files", "none", "-o", "no/such"],
    &["resolve", "-p", "api", "--except", "BROKNE"],
    &["run", "-p", "api", "--only", "LARGE", "true"],
    &["run", "--only", "A,A_FILE", "true"],
    &["run", "no-such-command"],
    &["resolve", "--env-file", "broken.env"],
    &["resolve", "--env-file", "nul.env"],
    &["resolve", "--env-file", "a.env", "--only", "NONE"],
    &["run", "--env-file", "a.env", "true"],
    &["resolve", "--spec", "a.yaml"],
    &["resolve", "--spec", "list.yaml"],
    &["resolve", "--spec", "odd.yaml"],
    &["resolve", "--spec", "torn.yaml"],
    &["resolve", "--spec", "a.env"],
    &["run", "--sealed", "s.age", "true"],
    &["run", "--sealed", "s.age", "no-such-command"],
    &["run", "--sealed", "s.age", "--only", "NONE", "true"],
    &["--vault", "s.age", "resolve"],
    &["resolve", "--only", "A", "-o", "new"],
    &["resolve", "--only", "A", "-o", "none/new"],
    &["import", "a.env"],
    &["import", "a.env", "--skip-refused"],
    &["import", "a.env", "--dry-run"],
    &["import", "nul.env"],
    &["import", "a.yaml"],
    &["import", "torn.yaml"],
    &["import", "torn.json"],
    &["import", "odd.yaml"],
    &["check"],
    &["scan"],
    &["scan", "--history-values", "a.env"],
    &["scan", "--staged"],
    &["scan", "none"],
    &["guard", "install"],
    &["guard", "uninstall"],
    &["redact"],
    &["completions", "bash"],
    &["man", "pages"],
    &["settle", "A"],
    &["settle", "A", "--show"],
    &["settle", "A", "--pick", "1"],
    &["merge", "s.age"],
    &["merge", "a.env"],
    &["diff", "s.age"],
    &["diff", "a.env"],
    &["git", "install"],
    &["git", "resolve"],
    &["sync"],
    &["log"],
    &["log", "A"],
    &["log", "-j"],
    &["check", "a.env"],
    &["check", "torn.yaml"],
    &["edit"],
];

/// Commands about members, keys and links. CARD and RECIPIENT stand for someone else's.
const MEMBERS_AND_KEYS: &[&[&str]] = &[
    &["init", "acme"],
    &["init", "other", "--as", "alice", "-p", "web"],
    &["join", "--as", "bob"],
    &["link", "-p", "api"],
    &["link", "-p", "none"],
    &["link", "-p", "none", "--create"],
    &["link", "--accept"],
    &["link", "-p", "web", "-c", "gpu"],
    &["project", "create", "new"],
    &["project", "create", "web"],
    &["project", "rename", "web", "www"],
    &["cluster", "create", "new"],
    &["cluster", "rename", "gpu", "tpu"],
    &["cluster", "delete", "gpu"],
    &["cluster", "delete", "gpu", "--force", "-y"],
    &["generate", "A"],
    &["generate", "NEW"],
    &["key", "show"],
    &["key", "new"],
    &["key", "new", "--output", "new.key"],
    &["key", "passphrase"],
    &["key", "backup"],
    &["key", "backup", "-j"],
    &["key", "restore"],
    &["key", "restore", "--output", "restored.key"],
    &["key", "rotate"],
    &["key", "rotate", "-j"],
    &["key", "rotate", "-y"],
    &["unlock"],
    &["lock"],
    &["trust"],
    &["trust", "-y"],
    &["audit"],
    &["audit", "--older-than", "0d"],
    &["audit", "--all"],
    &["audit", "acknowledge", "A", "--reason", "why"],
    &["rotate"],
    &["rotate", "A", "-g"],
    &["doctor"],
    &["vault", "list"],
    &["vault", "add", "none.age"],
    &["vault", "move", "none.age"],
    &["vault", "forget", "none"],
    &["member", "list"],
    &["member", "add", "bob", "CARD"],
    &["member", "add", "bob", "RECIPIENT"],
    &["member", "add", "bob", CANARY],
    &["member", "add", "alice", "CARD"],
    &["member", "update", "ci", "CARD"],
    &["member", "update", "ci", CANARY],
    &["member", "rename", "ci", "bot"],
    &["member", "rename", "none", "bot"],
    &["member", "remove", "ci"],
    &["member", "remove", "ci", "-y"],
    &["member", "remove", "alice", "-y"],
    &["edit", "-g"],
    &["--vault", "none.age", "get", "A"],
    &["-i", "none.key", "get", "A"],
    &["unlink"],
];

/// Output options, from the most verbose to almost silent.
const VERBOSITY: [&[&str]; 6] =
    [&["-l", "debug"], &["-l", "info"], &["-l", "warning"], &["-l", "error"], &["-l", "critical"], &["-j"]];

/// Runs each command on the same vault; its output contains neither the value nor the key.
#[track_caller]
fn never_print_the_value(bench: &Bench, commands: &[&[&str]]) {
    let before = bench.snapshot();
    let key = String::from_utf8(bytes(bench.key())).unwrap();
    let key = key.lines().last().unwrap();
    for arguments in commands {
        for options in VERBOSITY {
            bench.restore(&before);
            let outcome = bench.with(&[("EDITOR", "false")], options.iter().chain(*arguments));
            for output in [&outcome.err, outcome.text()] {
                assert!(!output.contains(CANARY) && !output.contains(key), "{arguments:?} {options:?}: {output}");
            }
        }
    }
    bench.restore(&before);
}

#[test]
fn commands_for_members_keys_and_links_never_print_the_value() {
    let bench = bench();
    let somebody = Identity::generate();
    let (card, recipient) = (Card::of(&somebody).to_string(), Identity::generate().recipient().to_string());
    bench.etui(["member", "add", "ci", Identity::generate().recipient().as_str()]).ok();
    let real = |word: &&'static str| match *word {
        "CARD" => card.clone(),
        "RECIPIENT" => recipient.clone(),
        word => word.to_owned(),
    };
    let commands: Vec<Vec<String>> = MEMBERS_AND_KEYS.iter().map(|words| words.iter().map(real).collect()).collect();
    let commands: Vec<Vec<&str>> = commands.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    never_print_the_value(&bench, &commands);
}

#[test]
fn commands_with_a_locked_or_missing_key_never_print_value_or_passphrase() {
    let bench = bench();
    let plain = std::fs::read_to_string(bench.key()).unwrap();
    let key = plain.lines().last().unwrap();
    std::fs::write(bench.key(), crate::bench::lock(&plain, CANARY)).unwrap();
    let broken = format!("{}X", &key[..key.len() - 1]);
    let print = format!("echo {CANARY}; exit 3");
    for variables in [
        &[][..],
        &[("ETUI_KEY", CANARY)],
        &[("ETUI_KEY", &broken)],
        &[("ETUI_KEY", key)],
        &[("ETUI_KEY_COMMAND", &print)],
        &[("ETUI_KEY", key), ("ETUI_TRUST", CANARY)],
    ] {
        for words in
            ["get NONE", "set B -g --value x", "key show", "key passphrase", "unlock", "lock", "doctor", "trust"]
        {
            for options in VERBOSITY {
                let outcome = bench.with(variables, options.iter().copied().chain(words.split(' ')));
                for output in [&outcome.err, outcome.text()] {
                    let is_leaked = [CANARY, key, &broken].iter().any(|word| output.contains(word));
                    assert!(!is_leaked, "{words} {options:?} {variables:?}: {output}");
                }
            }
        }
    }
}

/// The commands that a help text, or a part of it, lists.
fn listed_commands(help: &str) -> Vec<String> {
    let lines = help.lines().filter_map(|line| line.strip_prefix("  "));
    let lines = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    lines.filter_map(|line| line.split(' ').next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_in_the_help_is_covered() {
    let bench = Bench::new();
    let help = |words: &[&str]| bench.etui(words.iter().chain(&["--help"])).ok().text().to_owned();
    let mut commands = Vec::new();
    let all = help(&[]);
    for verb in listed_commands(all.split("\nTopics").next().unwrap()) {
        match help(&[&verb]).split_once("\nCommands:\n") {
            Some((_, own)) => {
                let own = own.split("\n\n").next().unwrap();
                commands.extend(listed_commands(own).iter().map(|own| vec![verb.clone(), own.clone()]));
            }
            None => commands.push(vec![verb]),
        }
    }
    assert!(commands.len() > 50, "{commands:?}");
    // The console's answers are covered by the tests in `console`.
    commands.retain(|words| words[0] != "ui");
    let tried = [SECRETS, ENTRIES_AND_FILES, MEMBERS_AND_KEYS].concat();
    commands.retain(|words| {
        !tried.iter().any(|tried| tried.starts_with(&words.iter().map(String::as_str).collect::<Vec<_>>()))
    });
    assert!(commands.is_empty(), "add to the lists in this file: {commands:?}");
}

fn bench() -> Bench {
    let bench = Bench::linked();
    for scope in [&["-g"][..], &["-p", "web"], &["-c", "gpu"]] {
        bench.set("A", CANARY, scope);
        bench.set("B", "else", scope);
        bench.set("B", CANARY, scope);
    }
    bench
}

#[test]
fn only_commands_that_are_asked_for_the_value_print_it() {
    let bench = bench();
    never_print_the_value(&bench, SECRETS);
    for arguments in
        [&["get", "A"][..], &["resolve"], &["resolve", "-j"], &["run", "sh", "-c", "echo $A"], &["get", "A", "-j"]]
    {
        let outcome = bench.etui(["-l", "debug"].iter().chain(arguments)).ok();
        assert!(outcome.text().contains(CANARY) && !outcome.err.contains(CANARY), "{arguments:?}");
    }
}

#[test]
fn env_entries_files_and_sealed_environments_never_print_the_value() {
    let bench = bench();
    let own = Identity::parse_all(&bytes(bench.key())).unwrap()[0].recipient();
    let own = own.as_str();
    bench.etui(["env", "set", "PLAIN", CANARY]).ok();
    bench.etui(["env", "set", "PLAIN_TOO", CANARY]).ok();
    bench.etui(["env", "set", "PLAIN_TOO", "else"]).ok();
    bench.etui(["use", "A", "--as", "A_FILE", "--as-file"]).ok();
    bench.etui(["env", "set", "BROKEN", "secret:NONE", "-p", "api"]).ok();
    bench.set("LARGE", CANARY.repeat(20_000), &["-p", "api"]);
    bench.set("RUNS", format!("$({CANARY})"), &["-p", "api"]);
    bench.etui(["set", "NODE_OPTIONS", "-p", "api", "--value", CANARY, "--allow-reserved"]).ok();
    let put = |name: &str, text: String| std::fs::write(bench.work().join(name), text).unwrap();
    put(
        "a.env",
        format!("PLAIN={CANARY}\nA=secret:A\n{CANARY}\nA={CANARY}\n'{CANARY}'=x\nB=\"{CANARY}\nC={CANARY}#x\n"),
    );
    put("broken.env", format!("PLAIN={CANARY}\nB=secret:NONE\n"));
    put("nul.env", format!("PLAIN={CANARY}\0\n"));
    put("a.yaml", format!("env:\n- name: A\n  value: {CANARY}\n- name: B\n  value: secret:NONE\n"));
    put("list.yaml", format!("env:\n- {CANARY}\n"));
    put("odd.yaml", format!("A: [{CANARY}]\n"));
    put("torn.yaml", format!("A: '{CANARY}\nB: 1\n"));
    put("torn.json", format!("{{\"A\": \"{CANARY}\", \"B\": {CANARY}}}"));
    put(".env.example", format!("A={CANARY}\nNEW={CANARY}\n"));
    bench.etui(["resolve", "--only", "A", "--recipient", own, "-o", "s.age"]).ok();
    let before = bench.snapshot();
    never_print_the_value(&bench, ENTRIES_AND_FILES);
    let [plain, one, two] = [format!("{CANARY}!"), format!("secret:1{CANARY}"), format!("secret:A{CANARY}!")];
    let typed = [["env", "set", "PLAIN", &plain], ["env", "set", "NEW", &one], ["env", "set", "NEW", &two]];
    never_print_the_value(&bench, &typed.each_ref().map(<[_; 4]>::as_slice));
    bench.restore(&before);
    for arguments in [
        &["get", "PLAIN"][..],
        &["resolve", "--only", "PLAIN"],
        &["resolve", "--env-file", "a.env", "--only", "A"],
        &["run", "--sealed", "s.age", "printenv", "A"],
        &["run", "--only", "A_FILE", "sh", "-c", "cat $A_FILE"],
    ] {
        let outcome = bench.etui(["-l", "debug"].iter().chain(arguments)).ok();
        assert!(outcome.text().contains(CANARY) && !outcome.err.contains(CANARY), "{arguments:?}: {}", outcome.err);
    }
}

#[test]
fn usage_errors_never_repeat_the_value() {
    let bench = bench();
    let joined = |option: &str| format!("{option}={CANARY}");
    let spaced = format!("two {CANARY}");
    let (valeu, value, name, note) = (joined("--valeu"), joined("--value"), joined("A"), joined("--note"));
    let mut leaks = Vec::new();
    for arguments in [
        &["set", "A", CANARY][..],
        &["set", &name],
        &["set", "A", &spaced],
        &["set", "A", "--", CANARY],
        &["set", "A", &valeu],
        &["set", "A", "--valeu", CANARY],
        &["set", &valeu, "A"],
        &["set", "--value", CANARY, "--file", "x", "A"],
        &["set", &value, "A", "-g", "-p", "web"],
        &["set", &value],
        &["set", "A", &value, &value],
        &["set", "A", &value, "--expires"],
        &["set", "A", &value, "--expires", "soon"],
        &["set", "A", &value, "--lock-timeout", "soon"],
        &["create", "A", CANARY],
        &["update", &name],
        &["sett", "A", CANARY],
        &["sett", "A", &value],
        &["generate", "A", CANARY],
        &["generate", "A", &value],
        &["generate", "A", "--value", CANARY],
        &["get", &name],
        &["rename", "A", &name],
        &["rename", "A", "D", CANARY],
        &["get", "A", CANARY],
        &["which", CANARY],
        &["which", "--history", &value],
        &["list", &name],
        &["delete", &name],
        &["history", &name],
        &["restore", &name],
        &["resolve", "--only", &name],
        &["run", "--only", &name, "true"],
        &["move", &name, "--to", "team"],
        &["secret", "create", "A", "two", CANARY],
        &["secret", "create", &name, CANARY],
        &["secret", "create", "A", &value],
        &["secret", "create", "A", "--value", CANARY],
        &["secret", "update", "A", "two", CANARY],
        &["secret", "set", "A", CANARY],
        &["secrets", "set", "team", "A", CANARY],
        &["secrets", "set", "team", "--name", "A", CANARY],
        &["secrets", "set", "team", "--name", "A", "--value", "two", CANARY],
        &["secrets", "set", "team", "--name", "A", &valeu],
        &["secrets", "set", "team", &value, "--name", &name],
        &["secrets", "set", "--name", "A", &value],
        &["secrets", "create", "A", CANARY],
        &["set", "A", &note, CANARY],
        &["env", "set", &name, "x", "y"],
        &["env", "set", &name, "x"],
        &["env", "set", "A", "x", CANARY],
        &["env", "set", "A", "x", &value],
        &["env", "set", "A", "--value", CANARY],
        &["env", "set", "A", "--literal", "x", &spaced],
        &["env", "delete", "A", CANARY],
        &["env", "delete", &name],
        &["env", "list", CANARY],
        &["env", "sett", "A", CANARY],
        &["use", "A", CANARY],
        &["use", &name],
        &["use", "A", "--as", &name],
        &["bind", "A", "--as-file", CANARY],
        &["secrets", "set", "--value", CANARY],
        &["resolve", "--recipient", CANARY],
        &["resolve", "--recipient", "age1x", CANARY],
        &["resolve", "--env-file", "x", "--spec", "x", &value],
        &["run", "--sealed", "x", "--env-file", "x", &value],
        &["import", "x", CANARY],
        &["check", "x", CANARY],
        &["edit", CANARY],
    ] {
        for options in [&[][..], &["-j"]] {
            let outcome = bench.etui(options.iter().chain(arguments));
            if outcome.code != 2 || outcome.err.contains(CANARY) || outcome.text().contains(CANARY) {
                leaks.push(format!("{} {arguments:?}: {}{}", outcome.code, outcome.text(), outcome.err));
            }
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn a_refused_value_from_a_pipe_is_not_repeated() {
    let bench = bench();
    for (input, arguments) in [
        (format!("{CANARY}\0").into_bytes(), &["set", "A", "-g"][..]),
        ([CANARY.as_bytes(), b"\xff"].concat(), &["set", "A", "-g"]),
        ([CANARY.as_bytes(), b"\xff\n"].concat(), &["secrets", "set", "team", "--name", "A"]),
        (format!("{CANARY}!\n{CANARY}\n").into_bytes(), &["secrets", "set", "team"]),
        (format!("{CANARY}!\n{CANARY}\n").into_bytes(), &["secret", "create", "-g"]),
        (CANARY.repeat(100_000).into_bytes(), &["set", "A", "-g"]),
    ] {
        for options in [&["-l", "debug"][..], &["-j"]] {
            let mut command = bench.command(options.iter().chain(arguments));
            let outcome = feed(&mut command, &input);
            assert_ne!(outcome.code, 0, "{arguments:?}");
            assert!(!outcome.err.contains(CANARY) && outcome.out.is_empty(), "{arguments:?}: {}", outcome.err);
        }
    }
}

#[test]
fn a_refused_value_from_a_file_or_an_editor_is_not_repeated() {
    let bench = bench();
    let before = bench.snapshot();
    for (file, text) in [
        ("good.env", format!("A={CANARY}x\nNEW='{CANARY}\n{CANARY}'\n")),
        (
            "bad.env",
            format!(
                "1={CANARY}\nPATH={CANARY}\n{CANARY}\nQ='{CANARY}\nA=$X{CANARY}\nA={CANARY}#{CANARY}\nN='\0{CANARY}'\n"
            ),
        ),
        ("bad.json", format!("{{\"A\": [\"{CANARY}\"], \"B\": {{\"C\": \"{CANARY}\"}}, \"D\": \"\\u0000{CANARY}\"}}")),
        ("no.json", format!("{{\"A\": {CANARY}}}")),
        ("half.json", format!("{{\"A\": \"{CANARY}")),
        ("lone.json", format!("{{\"A\": \"\\ud800{CANARY}\"}}")),
        ("bad.yaml", format!("A: [{CANARY}]\nB: {{x: {CANARY}}}\nC: null\n")),
        ("no.yaml", format!("A: {CANARY}\n  B: \"{CANARY}\n")),
        ("tag.yaml", format!("A: !{CANARY} {CANARY}\nB: *{CANARY}\n")),
        ("list.yaml", format!("- {CANARY}\n")),
        ("long.env", format!("A={}\n", CANARY.repeat(100_000))),
    ] {
        std::fs::write(bench.work().join(file), text).unwrap();
        for arguments in [
            &["import", file, "-g"][..],
            &["import", file, "-g", "--dry-run"],
            &["import", file, "-g", "--skip-refused", "--prefix", "X_"],
            &["import", file, "-g", "--skip-existing", "--skip-refused"],
            &["check", file],
        ] {
            for options in [&["-l", "debug"][..], &["-j"]] {
                bench.restore(&before);
                let outcome = bench.etui(options.iter().chain(arguments));
                assert!(!outcome.err.contains(CANARY), "{arguments:?} {options:?}: {}", outcome.err);
                assert!(!outcome.text().contains(CANARY), "{arguments:?} {options:?}: {}", outcome.text());
            }
        }
        for editor in ["sh -c 'cat $0 >> $1; exit 3'", "sh -c 'cat $0 > $1'", "sh -c 'grep -q ! $1 || cat $0 >> $1'"] {
            let editor = format!("{editor} {file}");
            for options in [&["-l", "debug"][..], &["-j"]] {
                bench.restore(&before);
                let outcome = bench.with(&[("EDITOR", &editor)], options.iter().chain(&["edit", "-g"]));
                assert!(!outcome.err.contains(CANARY), "{editor} {options:?}: {}", outcome.err);
                assert!(!outcome.text().contains(CANARY), "{editor} {options:?}: {}", outcome.text());
            }
        }
    }
}
