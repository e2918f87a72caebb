//! The terminal: prompts, what ends a prompt, and the tables and colours that a person sees. Every test runs
//! in a real terminal, a pty, and waits for each prompt before typing.

pub mod driver;
mod rotate;

use std::fs;

use driver::{Finished, Terminal};
use fs2::FileExt as _;

use crate::bench::{Bench, bytes};
use crate::update;

/// Runs etui in a terminal without any prompt.
#[track_caller]
fn run<const N: usize>(bench: &Bench, arguments: [&str; N]) -> Finished {
    Terminal::etui(bench, arguments).ends()
}

/// Runs a command line in a terminal and answers its prompts, each after it was shown.
#[track_caller]
fn talk(bench: &Bench, line: &str, talk: &[(&str, &str)]) -> Finished {
    let mut terminal = Terminal::etui(bench, line.split(' '));
    for (question, answer) in talk {
        terminal.sees(question).types(answer);
    }
    terminal.ends()
}

// Hidden prompts.

#[test]
fn a_hidden_answer_is_used_exactly_and_never_shown() {
    let long = "x".repeat(10_000);
    for (typed, value) in [
        ("hunter2", "hunter2"),
        ("  s p a c e s  ", "  s p a c e s  "),
        ("pässwörd 🦀 'q' \"d\" \\", "pässwörd 🦀 'q' \"d\" \\"),
        ("wromg\x7f\x7fng", "wrong"),
        ("漢字🦀\x7f", "漢字"),
        ("wrong\x15right", "right"),
        ("one two\x17three", "one three"),
        ("one\x1b[D\x04\ttwo", "one\ttwo"),
        (&long, &long),
    ] {
        let bench = Bench::acme();
        let mut terminal = Terminal::etui(&bench, ["set", "TOKEN", "-g"]);
        terminal.asks_hidden("Value for TOKEN: ").types(typed).types("\r");
        let warning = match value.starts_with(' ') {
            true => "warning: the value of TOKEN begins with a space and ends with a space, which is kept\n",
            false => "",
        };
        terminal.ends().shows(0, &format!("Value for TOKEN: \n{warning}created TOKEN in team acme\n"));
        bench.etui(["get", "TOKEN", "-g"]).prints(value);
    }
}

#[test]
fn a_hidden_prompt_refuses_what_it_cannot_read_completely() {
    let bench = Bench::acme();
    let before = bytes(bench.vault());
    // A second line would go to the shell.
    for (typed, why) in [("left\x01right\r", "cannot take"), ("line 1\necho line 2\n", "more than one line")] {
        let mut terminal = Terminal::etui(&bench, ["set", "TOKEN", "-g"]);
        terminal.asks_hidden("Value for TOKEN: ").types(typed);
        let left = terminal.ends();
        assert_eq!((left.code, left.echo), (2, true), "{left:?}");
        assert!(left.screen.contains(why) && left.screen.contains("`--file FILE`"), "{left:?}");
        assert_eq!(bytes(bench.vault()), before);
    }
}

#[test]
fn several_lines_are_pasted_whole_and_only_their_number_is_shown() {
    let pem = "-----BEGIN KEY-----\rAAAA\tBBBB\r-----END KEY-----\r";
    let (shown, prompt) = ("\x1b[?2004hValue for TLS_KEY: ", "\rValue for TLS_KEY: ");
    for (typed, status, value) in [
        (format!("\x1b[200~{pem}\x1b[201~"), "(3 lines; Enter ends)\x1b[K", pem.replace('\r', "\n")),
        ("\x1b[200~token\r\n\x1b[201~".into(), "(1 line; Enter ends)\x1b[K", "token".into()),
        ("\x1b[200~token\x1b[201~".into(), "", "token".into()),
    ] {
        let bench = Bench::acme();
        let mut command = bench.command(["set", "TLS_KEY", "-g"]);
        let mut terminal = Terminal::script(r#""$@""#, command.env("TERM", "xterm").env("NO_COLOR", "1"));
        terminal.asks_hidden(shown).types(&typed);
        let status = if status.is_empty() { String::new() } else { format!("{prompt}{status}") };
        terminal.sees(&status).types("\r");
        terminal.ends().shows(0, &format!("{shown}{status}\x1b[?2004l\ncreated TLS_KEY in team acme\n"));
        bench.etui(["get", "TLS_KEY", "-g"]).prints(&value);
    }
}

#[test]
fn a_paste_can_be_removed_or_given_up() {
    let bench = Bench::acme();
    let before = bytes(bench.vault());
    for (keys, code, value) in [("\x15typed\r", 0, "typed"), ("\x03", 130, ""), ("\x7f\x7f\r", 0, "a")] {
        let mut command = bench.command(["set", "TOKEN", "-g"]);
        let mut terminal = Terminal::script(r#""$@""#, command.env("TERM", "xterm").env("NO_COLOR", "1"));
        terminal.asks_hidden("TOKEN: ").types("\x1b[200~a\rb\x1b[201~").sees("(2 lines; Enter ends)").types(keys);
        let left = terminal.ends();
        assert_eq!((left.code, left.echo), (code, true), "{left:?}");
        assert!(left.screen.contains("\x1b[?2004l"), "{left:?}");
        match code {
            0 => bench.etui(["get", "TOKEN", "-g"]).prints(value),
            _ => bench.etui(["get", "TOKEN", "-g"]),
        };
    }
    assert_ne!(bytes(bench.vault()), before);
}

#[test]
fn a_stopped_hidden_prompt_gives_the_terminal_back_and_goes_on() {
    let bench = Bench::acme();
    let mut command = bench.command(["set", "TOKEN", "-g"]);
    let script = r#"set -m; "$@"; echo stopped; read -r line; fg"#;
    let mut terminal = Terminal::script(script, command.env("TERM", "xterm").env("NO_COLOR", "1"));
    terminal.asks_hidden("Value for TOKEN: ").types("be\x1a").sees("\x1b[?2004l").sees("stopped");
    assert!(terminal.echoes());
    terminal.types("\r").sees("\x1b[?2004h").asks_hidden("Value for TOKEN: ").types("gun\r");
    let left = terminal.ends();
    assert_eq!((left.code, left.echo), (0, true), "{left:?}");
    bench.etui(["get", "TOKEN", "-g"]).prints("begun");
}

#[test]
fn a_hidden_prompt_in_the_background_waits_for_the_terminal() {
    let bench = Bench::acme();
    let mut command = bench.command(["set", "TOKEN", "-g"]);
    let script = r#"set -m; "$@" & until jobs > jobs; grep -q Stopped jobs; do :; done; echo stopped; fg"#;
    let mut terminal = Terminal::script(script, command.env("TERM", "xterm").env("NO_COLOR", "1"));
    terminal.sees("stopped").asks_hidden("Value for TOKEN: ").types("v\r");
    let left = terminal.ends();
    assert_eq!((left.code, left.echo), (0, true), "{left:?}");
    assert!(!left.screen.split("stopped").next().unwrap().contains("Value"), "{left:?}");
    bench.etui(["get", "TOKEN", "-g"]).prints("v");
}

#[test]
fn a_signal_that_ends_a_hidden_prompt_restores_the_terminal() {
    let bench = Bench::acme();
    let before = bytes(bench.vault());
    let signals = [
        ("TERM", 143),
        ("HUP", 129),
        ("INT", 130),
        ("QUIT", 131),
        ("USR1", 138),
        ("USR2", 140),
        ("ALRM", 142),
        ("XCPU", 152),
    ];
    for (signal, code) in signals {
        let mut command = bench.command(["set", "TOKEN", "-g"]);
        let script = r#"sh -c 'echo $$ > pid; exec "$@"' sh "$@""#;
        let mut terminal = Terminal::script(script, command.env("TERM", "xterm").env("NO_COLOR", "1"));
        terminal.asks_hidden("Value for TOKEN: ").types("half");
        bench.sh(&format!("kill -{signal} $(cat pid)")).ok();
        let left = terminal.ends();
        assert_eq!((left.code, left.echo), (code, true), "{signal}: {left:?}");
        assert!(left.screen.contains("\x1b[?2004l"), "{left:?}");
        assert_eq!(bytes(bench.vault()), before);
    }
}

#[test]
fn an_empty_hidden_answer_is_refused_and_changes_nothing() {
    let bench = Bench::acme();
    bench.set("TOKEN", "old", &["-g"]);
    let before = bytes(bench.vault());
    let mut terminal = Terminal::etui(&bench, ["set", "TOKEN", "-g"]);
    terminal.asks_hidden("Value for TOKEN: ").types("\r");
    terminal.ends().shows(
        2,
        "Value for TOKEN: \n\
         error: no value for TOKEN\n \
         hint: for an empty value on purpose: `etui set TOKEN -g --value ''`\n",
    );
    assert_eq!(bytes(bench.vault()), before);
}

#[test]
fn ending_a_hidden_prompt_restores_the_terminal_and_changes_nothing() {
    let bench = Bench::acme();
    bench.set("OLD", "old", &["-g"]);
    let before = bytes(bench.vault());
    for line in ["set OLD -g", "create NEW -g", "update OLD -g", "secret update OLD -g", "secrets set team --name OLD"]
    {
        let prompt = match line.split_once(' ') {
            Some(("secret" | "secrets", _)) => "Value: ".to_owned(),
            _ => format!("Value for {}: ", line.split(' ').nth(1).unwrap()),
        };
        for keys in ["\x03", "half a secret\x03", "\x04"] {
            let mut terminal = Terminal::etui(&bench, line.split(' '));
            terminal.asks_hidden(&prompt).types(keys);
            terminal.ends().shows(130, &format!("{prompt}\nerror: interrupted; nothing was changed\n"));
            assert_eq!(bytes(bench.vault()), before, "{line} {keys:?}");
        }
    }
}

#[test]
fn ctrl_c_ends_the_command_after_a_hidden_prompt() {
    let bench = Bench::acme();
    let before = bytes(bench.vault());
    let lock = fs::File::open(bench.home().join("acme.age.lock")).unwrap();
    lock.lock_exclusive().unwrap();
    let line = "set TOKEN -g --lock-timeout 600 --log-level debug";
    let mut terminal = Terminal::etui(&bench, line.split(' '));
    // Wait for the message after the prompt, because a Ctrl-C before it would still end the prompt.
    terminal.asks_hidden("Value for TOKEN: ").types("new\r").sees("debug: changing ").types("\x03");
    let left = terminal.ends();
    assert_eq!((left.code, left.echo), (130, true), "{left:?}");
    assert_eq!(bytes(bench.vault()), before);
}

#[test]
fn no_value_is_asked_for_that_could_not_be_set() {
    let bench = Bench::acme();
    bench.set("OLD", "old", &["-g"]);
    for (line, code, message) in [
        (
            "create OLD -g",
            4,
            "error: OLD is already set in team acme\n \
             hint: to give it a new value: `etui update OLD -g`; or to free the name: `etui delete OLD -g`\n",
        ),
        ("update NEW -g", 3, "error: NEW is not set in team acme\n"),
        (
            "set NEW -p webb",
            3,
            "error: no project webb in team acme\n hint: did you mean web? to create it: `etui project create webb`\n",
        ),
        ("set 1NEW -g", 2, ""),
    ] {
        let left = talk(&bench, line, &[]);
        assert_eq!(left.code, code, "{left:?}");
        if !message.is_empty() {
            update::text(&left.screen, message, line);
        }
    }
}

#[test]
fn a_value_on_the_command_line_is_set_with_a_warning_about_the_shell_history() {
    let bench = Bench::acme();
    run(&bench, ["set", "TOKEN", "-g", "--value", "seen"]).shows(
        0,
        "note: the value is now in the shell's history; without `--value` it is asked for\n\
         created TOKEN in team acme\n",
    );
    bench.etui(["get", "TOKEN", "-g"]).prints("seen");
    bench.etui(["set", "TOKEN", "-g", "--value", "again"]).ok().says("updated TOKEN in team acme");
}

#[test]
fn an_update_of_a_note_or_an_expiry_keeps_the_value_and_asks_for_none() {
    let bench = Bench::acme();
    bench.set("TOKEN", "old", &["-g"]);
    for (options, shown) in [
        (&["--note", "from Alice"][..], "updated the note of TOKEN in team acme\n"),
        (&["--note", "from Alice"], "unchanged TOKEN in team acme\n"),
        (&["--expires", "2099-01-31"], "updated the expiry of TOKEN in team acme\n"),
        (&["--note", "n", "--expires", "2099-01-30"], "updated the note and the expiry of TOKEN in team acme\n"),
    ] {
        let line = [&["update", "TOKEN", "-g"], options].concat();
        Terminal::etui(&bench, line).ends().shows(0, shown);
        bench.etui(["get", "TOKEN", "-g"]).prints("old");
    }
    // `set` takes both.
    let mut terminal = Terminal::etui(&bench, ["set", "TOKEN", "-g", "--note", "both"]);
    terminal.asks_hidden("Value for TOKEN: ").types("new\r");
    terminal.ends().shows(
        0,
        "Value for TOKEN: \n\
         updated TOKEN in team acme\n\
         note: the expiry went with the old value; to set a new one: `etui update TOKEN -g --expires 90d`\n",
    );
    bench.etui(["get", "TOKEN", "-g"]).prints("new");
}

// Visible prompts.

#[test]
fn a_deletion_is_confirmed_only_by_yes() {
    let bench = Bench::acme();
    bench.set("TOKEN", "v", &["-g"]);
    let before = bytes(bench.vault());
    let asked = "Delete TOKEN in team? [y/N] ";
    for answer in ["n", "no", "N", ""] {
        let left = talk(&bench, "delete TOKEN -g", &[(asked, &format!("{answer}\r"))]);
        left.shows(1, &format!("{asked}{answer}\nerror: nothing was changed\n"));
    }
    // Any other answer is asked for again.
    let left = talk(&bench, "delete TOKEN -g", &[(asked, "maybe\r"), (asked, "n\r")]);
    left.shows(1, &format!("{asked}maybe\nplease answer y or n\n{asked}n\nerror: nothing was changed\n"));
    assert_eq!(bytes(bench.vault()), before);

    let done = "deleted TOKEN in team acme; undo: `etui restore TOKEN -g`\n";
    for answer in ["y", "Y", "yes"] {
        let left = talk(&bench, "delete TOKEN -g", &[(asked, &format!("{answer}\r"))]);
        left.shows(0, &format!("{asked}{answer}\n{done}"));
        bench.etui(["restore", "TOKEN", "-g"]).ok();
    }
    talk(&bench, "delete TOKEN -g -y", &[]).shows(0, done);
}

#[test]
fn a_command_that_cannot_be_undone_asks_first() {
    let bench = Bench::acme();
    bench.set("TOKEN", "1", &["-p", "web"]);
    bench.set("TOKEN", "2", &["-p", "web"]);
    let before = bench.snapshot();
    for (line, what, done) in [
        (
            "purge TOKEN -p web",
            "Forget the earlier values of TOKEN in project web for good?",
            "purged 1 earlier value in project web of team acme\n\
             note: older copies of the vault, such as those in git, still hold them\n",
        ),
        (
            "project delete web --force",
            "Delete project web and everything in it?",
            "deleted project web in team acme\n\
             note: its secrets are in the history: `etui project create web`, then `etui restore NAME -p web`\n",
        ),
    ] {
        let asked = format!("{what} [y/N] ");
        talk(&bench, line, &[(&asked, "\r")]).shows(1, &format!("{asked}\nerror: nothing was changed\n"));
        assert_eq!(bytes(bench.vault()), before.vault);
        talk(&bench, line, &[(&asked, "y\r")]).shows(0, &format!("{asked}y\n{done}"));
        bench.restore(&before);
        talk(&bench, &format!("{line} -y"), &[]).shows(0, done);
        bench.restore(&before);
    }
}

#[test]
fn ending_a_visible_prompt_changes_nothing() {
    let bench = Bench::acme();
    bench.set("TOKEN", "1", &["-g"]);
    bench.set("TOKEN", "2", &["-g"]);
    let before = bytes(bench.vault());
    for (line, question) in [
        ("delete TOKEN -g", "[y/N] "),
        ("purge -g", "[y/N] "),
        ("set TOKEN", "> "),
        ("secret create", "Name: "),
        ("secrets delete team", "Name: "),
        ("link -p new", "[y/N] "),
        ("init other", "[alice]: "),
    ] {
        for keys in ["\x03", "y\x03", "\x04"] {
            let left = talk(&bench, line, &[(question, keys)]);
            assert_eq!((left.code, left.echo), (130, true), "{line} {keys:?}: {left:?}");
            assert_eq!(bytes(bench.vault()), before, "{line} {keys:?}");
        }
    }
    assert!(!bench.home().join("other.age").exists());
    assert!(!bench.work().join(".etui.toml").exists());
}

#[test]
fn without_an_option_a_section_is_chosen_by_number_or_name() {
    let menu = "Which section?\n  1  the team acme\n  2  cluster gpu\n  3  project api\n  4  project web\n  5  a new project\n> ";
    for (answer, place) in [
        ("1", "team acme"),
        ("the team acme", "team acme"),
        ("2", "cluster gpu of team acme"),
        ("cluster gpu", "cluster gpu of team acme"),
        ("4", "project web of team acme"),
        ("project api", "project api of team acme"),
    ] {
        let bench = Bench::acme();
        let left = talk(&bench, "generate TOKEN", &[("> ", &format!("{answer}\r"))]);
        left.shows(0, &format!("{menu}{answer}\ngenerated TOKEN in {place}\n"));
    }

    let bench = Bench::acme();
    let left = talk(
        &bench,
        "generate TOKEN",
        &[("> ", "6\r"), ("> ", "0\r"), ("> ", "\r"), ("> ", "prod\r"), ("> ", "5\r"), (": ", "docs\r")],
    );
    left.shows(
        0,
        &format!(
            "{menu}6\n\
             please answer with a number from 1 to 5, or a name from the list\n\
             > 0\n\
             please answer with a number from 1 to 5, or a name from the list\n\
             > \n\
             please answer with a number from 1 to 5, or a name from the list\n\
             > prod\n\
             please answer with a number from 1 to 5, or a name from the list\n\
             > 5\n\
             Id of the new project: docs\n\
             created project docs in team acme\n\
             generated TOKEN in project docs of team acme\n"
        ),
    );
}

#[test]
fn init_asks_for_the_members_name_and_offers_the_login_name() {
    let asked = "Your name in the vault [alice]: ";
    let passphrase = "Passphrase for your key (Enter for none): ";
    let by = |bench: &Bench| {
        bench.etui(["set", "A", "-g", "--value", "1"]).ok();
        bench.etui(["list", "-g", "-F", "by"]).ok().text().to_owned()
    };
    let bench = Bench::new();
    let left = talk(&bench, "init acme", &[(asked, "\r"), (passphrase, "\r")]);
    assert_eq!(left.code, 0, "{left:?}");
    assert_eq!(by(&bench), "alice\n");

    let bench = Bench::new();
    let left = talk(&bench, "init acme", &[(asked, "Bob Builder\r"), (asked, "bob\r"), (passphrase, "\r")]);
    assert_eq!(left.code, 0, "{left:?}");
    assert_eq!(by(&bench), "bob\n");

    let bench = Bench::new();
    let mut command = bench.command(["init", "acme"]);
    let mut terminal = Terminal::script(r#""$@""#, command.env("USER", "---").env("TERM", "dumb"));
    terminal.sees("Your name in the vault: ").types("\r").sees("Your name in the vault: ").types("carol\r");
    terminal.sees(passphrase).types("\r");
    assert_eq!(terminal.ends().code, 0);
    assert_eq!(by(&bench), "carol\n");

    let bench = Bench::new();
    let left = talk(&bench, "init acme --as dave", &[(passphrase, "\r")]);
    assert_eq!(left.code, 0, "{left:?}");
}

#[test]
fn link_offers_to_create_a_missing_project() {
    let bench = Bench::acme();
    let asked = "There is no project new in team acme yet. Create it? [y/N] ";
    let left = talk(&bench, "link -p new", &[(asked, "\r")]);
    left.shows(1, &format!("{asked}\nerror: nothing was changed\n"));
    assert!(!bench.work().join(".etui.toml").exists());

    let left = talk(&bench, "link -p new", &[(asked, "y\r")]);
    let linked = format!("linked {} to team acme, project new\n", bench.work().display());
    left.shows(0, &format!("{asked}y\ncreated project new in team acme\n{linked}"));
    assert!(bench.etui(["project", "list"]).ok().text().contains("new\t"));
}

#[test]
fn no_input_is_an_error_with_a_way_out_also_on_a_terminal() {
    let bench = Bench::acme();
    bench.set("TOKEN", "1", &["-g"]);
    let before = bytes(bench.vault());
    for (line, message) in [
        (
            "set TOKEN -g",
            "error: no value is given, and there is no terminal to ask\n \
             hint: pipe it in, or use a file: `etui set TOKEN -g --file FILE`\n",
        ),
        (
            "set TOKEN",
            "error: no section: neither an option nor a link names one\n \
             hint: `-g` for the team, `-p PROJECT` or `-c CLUSTER`; or once for this directory: `etui link -p PROJECT`\n",
        ),
        ("purge -g", "error: `purge` needs confirmation\n hint: run it again with `-y`\n"),
        (
            "project delete web --force",
            "error: `project delete --force` needs confirmation\n hint: run it again with `-y`\n",
        ),
        (
            "secret create -g",
            "error: no name is given, and there is no terminal to ask\n \
             hint: `etui secret create NAME`\n",
        ),
        (
            "secrets set team",
            "error: no name is given, and there is no terminal to ask\n hint: `etui secrets set team --name NAME`\n",
        ),
    ] {
        talk(&bench, &format!("{line} --no-input"), &[]).shows(2, message);
        assert_eq!(bytes(bench.vault()), before, "{line}");
    }
    talk(&bench, "link -p new --no-input", &[]).shows(
        3,
        "error: no project new in team acme\n \
         hint: the projects are api and web; to create it: `etui project create new`\n",
    );
    // The login name needs no prompt, and a change that can be undone needs no confirmation.
    assert_eq!(talk(&Bench::new(), "init acme --no-input", &[]).code, 0);
    assert_eq!(talk(&bench, "delete TOKEN -g --no-input", &[]).code, 0);
}

#[test]
fn nothing_is_asked_if_standard_error_is_redirected() {
    let bench = Bench::acme();
    let mut command = bench.command(["set", "TOKEN", "-g"]);
    let left = Terminal::script(r#""$@" 2> said"#, command.env("TERM", "dumb")).ends();
    left.shows(2, "");
    update::text(
        &fs::read_to_string(bench.work().join("said")).unwrap(),
        "error: no value is given, and there is no terminal to ask\n \
         hint: pipe it in, or use a file: `etui set TOKEN -g --file FILE`\n",
        "",
    );
}

// Output.

#[test]
fn tables_have_a_header_and_relative_dates_only_on_a_terminal() {
    let bench = Bench::acme();
    bench.etui(["set", "TOKEN", "-p", "web", "--value", "1"]).ok();
    bench.etui(["set", "TOKEN", "-p", "web", "--value", "2", "--note", "from the dashboard"]).ok();
    bench.etui(["set", "URL", "-g", "--value", "u"]).ok();
    bench.etui(["set", "URL", "-p", "web", "--value", "u"]).ok();
    for (line, table) in [
        (
            "list -p web",
            "NAME   UPDATED   BY     NOTE\nTOKEN  just now  alice  from the dashboard\nURL    just now  alice\n",
        ),
        (
            "list --all",
            "NAME   SECTION      UPDATED   BY     NOTE\nTOKEN  project web  just now  alice  from the dashboard\nURL    project web  just now  alice\nURL    team         just now  alice\n",
        ),
        (
            "history TOKEN -p web",
            "VERSION  UPDATED   BY     STATE\n-        just now  alice  current\n1        just now  alice  earlier\n",
        ),
        ("explain -p web", "NAME   WINS         SHADOWED\nTOKEN  project web\nURL    project web  team\n"),
        (
            "project list",
            "ID   SECRETS  ENTRIES  UPDATED\napi  0        0        just now\nweb  2        0        just now\n",
        ),
    ] {
        talk(&bench, line, &[]).shows(0, table);
        // The same cells, without the header and with full dates.
        let piped = bench.etui(line.split(' ')).ok();
        let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
        let rows: Vec<Vec<String>> = piped.text().lines().map(cells).collect();
        let dates = rows.iter().flatten().filter(|cell| cell.starts_with("20"));
        for date in dates {
            assert!(date.len() == "2026-11-21T10:00:00Z".len() && date.ends_with('Z'), "{line}: {date}");
        }
        let relative = |cell: &String| if cell.starts_with("20") { "just now".into() } else { cell.clone() };
        let expected: Vec<String> = table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        let found: Vec<String> =
            rows.iter().map(|row| row.iter().map(relative).collect::<String>().replace(' ', "")).collect();
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn colours_follow_the_terminal_and_the_options() {
    let bench = Bench::acme();
    bench.set("TOKEN", "1", &["-g"]);
    let (bold, plain) = ("\x1b[1mNAME\x1b[0m\nTOKEN\n", "NAME\nTOKEN\n");
    for (option, variable, on_terminal, in_pipe) in [
        ("auto", ("TERM", "xterm-256color"), bold, false),
        ("auto", ("TERM", "dumb"), plain, false),
        ("auto", ("NO_COLOR", "1"), plain, false),
        // As no-color.org defines it: set and not empty.
        ("auto", ("NO_COLOR", ""), bold, false),
        ("always", ("TERM", "dumb"), bold, true),
        ("always", ("NO_COLOR", "1"), bold, true),
        ("never", ("TERM", "xterm-256color"), plain, false),
    ] {
        let (name, value) = variable;
        let case = format!("--color {option} {name}={value}");
        let mut command = bench.command(["list", "-g", "-F", "name", "--color", option]);
        Terminal::script(r#""$@""#, command.env("TERM", "xterm").env(name, value)).ends().shows(0, on_terminal);

        let (red, hint) = ("\x1b[31;1merror: \x1b[0m", "\x1b[36m hint: \x1b[0m");
        let words = |color: bool| {
            let (error, hint) = if color { (red, hint) } else { ("error: ", " hint: ") };
            format!("{error}TOKN is not set in team acme\n{hint}did you mean TOKEN?\n")
        };
        let mut command = bench.command(["get", "TOKN", "-g", "--color", option]);
        command.env("TERM", "xterm").env(name, value);
        Terminal::script(r#""$@""#, &command).ends().shows(3, &words(on_terminal == bold));
        update::text(&String::from_utf8(command.output().unwrap().stderr).unwrap(), &words(in_pipe), &case);
        // Each stream decides for itself.
        Terminal::script(r#""$@" 2> said"#, &command).ends().shows(3, "");
        update::text(&fs::read_to_string(bench.work().join("said")).unwrap(), &words(in_pipe), &case);
        Terminal::script(r#""$@" > printed"#, &command).ends().shows(3, &words(on_terminal == bold));
        // Only the header is bold, and there is none in a pipe.
        let mut command = bench.command(["list", "-g", "-F", "name", "--color", option]);
        assert_eq!(command.env(name, value).output().unwrap().stdout, b"TOKEN\n", "{case}");
    }
}

#[test]
fn control_and_bidirectional_characters_are_escaped() {
    let bench = Bench::acme();
    let note = "a\x1b[2J\x1b]0;title\x07\r\n\tb\u{202e}c\u{2066}\u{9b}31m";
    let shown_note = "a\\u{1b}[2J\\u{1b}]0;title\\u{7}\\r\\n\\tb\\u{202e}c\\u{2066}\\u{9b}31m";
    bench.etui(["set", "TOKEN", "-g", "--value", "1", "--note", note]).ok();
    run(&bench, ["list", "-g", "-F", "name,note"]).shows(0, &format!("NAME   NOTE\nTOKEN  {shown_note}\n"));
    // In a pipe, a row is one line too.
    bench.etui(["list", "-g", "-F", "name,note"]).prints(&format!("TOKEN\t{shown_note}\n"));
    // JSON has its own escapes and keeps the note.
    let json: serde_json::Value = serde_json::from_slice(&bench.etui(["list", "-g", "-j"]).ok().out).unwrap();
    assert_eq!(json["items"][0]["note"], note);

    // Arguments are repeated in messages.
    for (line, message) in [
        ("set A -p a\x1b[2Jb", "error: `a\\u{1b}[2Jb`: "),
        ("link -t \u{202e}b", "error: `\\u{202e}b`: "),
        ("list --all -F \x1bc", "error: there is no field `\\u{1b}c`\n"),
        ("--cwd /\x1b[2J status", "error: /\\u{1b}[2J is not a directory\n"),
        ("--vault /\x1b[2J list", "error: no vault at /\\u{1b}[2J\n"),
    ] {
        let left = talk(&bench, line, &[]);
        assert!(left.screen.starts_with(message), "{line:?}: {left:?}");
        assert!(!left.screen.contains(['\x1b', '\u{202e}']), "{left:?}");
    }
    for arguments in [["nosuch\x1b[2J", "-g", "-g"], ["list", "--nosuch\x1b[2J", "-g"], ["list", "--limit", "\x1b[2J"]]
    {
        let left = run(&bench, arguments);
        assert_eq!(left.code, 2, "{left:?}");
        assert!(!left.screen.contains('\x1b'), "{left:?}");
    }
}

#[test]
fn get_ends_the_line_on_a_terminal_and_gives_the_exact_bytes_elsewhere() {
    let bench = Bench::acme();
    bench.set("TEXT", "two\nlines", &["-g"]);
    bench.set("ENDED", "line\n", &["-g"]);
    bench.set("BYTES", b"\xff\x00\x1b[2J", &["-g"]);
    run(&bench, ["get", "TEXT", "-g"]).shows(0, "two\nlines\n");
    run(&bench, ["get", "ENDED", "-g"]).shows(0, "line\n\n");
    run(&bench, ["get", "BYTES", "-g"])
        .shows(1, "error: BYTES holds bytes, which a terminal cannot show\n hint: `etui get BYTES > FILE`\n");
    for (name, value) in [("TEXT", &b"two\nlines"[..]), ("ENDED", b"line\n"), ("BYTES", b"\xff\x00\x1b[2J")] {
        // Only standard output decides.
        let command = bench.command(["get", name, "-g"]);
        Terminal::script(r#""$@" > got"#, &command).ends().shows(0, "");
        assert_eq!(bytes(bench.work().join("got")), value, "{name}");
    }
}

// The two older grammars.

#[test]
fn secret_create_asks_for_name_and_value_and_confirms_the_team() {
    let bench = Bench::acme();
    let before = bytes(bench.vault());
    let sure = "Are you sure you want to create a global secret in team \"acme\"? [y/N] ";
    let asked = format!("Name: TOKEN\nValue: \nThis secret will be available to all resources in the team.\n{sure}");
    let answered = |answer: &str| {
        let mut terminal = Terminal::etui(&bench, ["secret", "create", "-g"]);
        terminal.sees("Name: ").types("TOKEN\r").asks_hidden("Value: ").types("s3cret\r").sees(sure).types(answer);
        terminal.ends()
    };
    answered("n\r").shows(1, &format!("{asked}n\nerror: nothing was changed\n"));
    assert_eq!(bytes(bench.vault()), before);
    answered("y\r").shows(0, &format!("{asked}y\nCreated secret \"TOKEN\" in team \"acme\"\n"));
    bench.etui(["get", "TOKEN", "-g"]).prints("s3cret");

    // What is no name is explained, and asked for again.
    let mut terminal = Terminal::etui(&bench, ["secret", "create", "-p", "api"]);
    terminal.sees("Name: ").types("\r").sees("Name: ").types("1TOKEN\r").sees("Name: ").types("TOKEN\r");
    terminal.asks_hidden("Value: ").types("x\r");
    let rule = "a letter, then letters, digits and `_`: `DATABASE_URL`";
    terminal.ends().shows(
        0,
        &format!(
            "Name: \nthe secret name is empty: {rule}\n\
             Name: 1TOKEN\nnot a secret name: character 1 is not allowed: {rule}\n\
             Name: TOKEN\nValue: \nCreated secret \"TOKEN\" in project \"api\"\n"
        ),
    );

    // For a project nothing more is asked, and -j never asks.
    let mut terminal = Terminal::etui(&bench, ["secret", "create", "TOKEN", "-p", "web"]);
    terminal.asks_hidden("Value: ").types("webs\r");
    terminal.ends().shows(0, "Value: \nCreated secret \"TOKEN\" in project \"web\"\n");
    bench.etui(["get", "TOKEN", "-p", "web"]).prints("webs");
    let left = run(&bench, ["secret", "create", "OTHER", "x", "-g", "-j"]);
    assert_eq!(left.code, 0, "{left:?}");
    assert!(!left.screen.contains("Are you sure"), "{left:?}");
}

#[test]
fn secret_delete_confirms_the_team() {
    let bench = Bench::acme();
    let sure = "Are you sure you want to delete your global secret \"TOKEN\" in team \"acme\"? [y/N] ";
    bench.set("TOKEN", "1", &["-g"]);
    bench.set("TOKEN", "1", &["-p", "web"]);
    let before = bytes(bench.vault());
    let left = talk(&bench, "secret delete -g", &[("Name: ", "TOKEN\r"), (sure, "\r")]);
    left.shows(1, &format!("Name: TOKEN\n{sure}\nerror: nothing was changed\n"));
    assert_eq!(bytes(bench.vault()), before);
    let left = talk(&bench, "secret delete TOKEN -g", &[(sure, "y\r")]);
    left.shows(0, &format!("{sure}y\nDeleted secret \"TOKEN\" in team \"acme\"\n"));
    talk(&bench, "secret delete TOKEN -p web", &[]).shows(0, "Deleted secret \"TOKEN\" in project \"web\"\n");
    bench.set("TOKEN", "1", &["-g"]);
    let left = talk(&bench, "secret delete TOKEN -g -j", &[]);
    assert_eq!(left.code, 0, "{left:?}");
    assert!(!left.screen.contains("Are you sure"), "{left:?}");
}

#[test]
fn secrets_set_asks_for_name_and_hidden_value() {
    let bench = Bench::acme();
    for (line, entity, scope) in [
        ("secrets set team", "team", "-g"),
        ("secrets set project --id web", "project", "-pweb"),
        ("secrets set cluster --id gpu", "cluster", "-cgpu"),
    ] {
        let mut terminal = Terminal::etui(&bench, line.split(' '));
        terminal.sees("Name: ").types("TOKEN\r").asks_hidden("Value: ").types(&format!("of {entity}\r"));
        terminal.ends().shows(0, &format!("Name: TOKEN\nValue: \nSet {entity} secret 'TOKEN'\n"));
        bench.etui(["get", "TOKEN", scope]).prints(&format!("of {entity}"));
    }
    let left = talk(&bench, "secrets delete team", &[("Name: ", "TOKEN\r")]);
    left.shows(0, "Name: TOKEN\nDeleted team secret 'TOKEN'\n");
}
