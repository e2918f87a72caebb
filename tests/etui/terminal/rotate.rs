//! `rotate` at a terminal: one question for each secret, and each answer is written at once.

use super::*;
use crate::bench::Outcome;

const MENU: &str = "  1  generate\n  2  type\n  3  skip\n  4  not a secret\n> ";

/// A vault whose secrets A to D were read by a member who was removed; A has expired too.
fn exposed() -> Bench {
    let bench = Bench::acme();
    bench.set("C", "older value of C", &["-g"]);
    for (name, scope) in [("B", "-g"), ("C", "-g"), ("D", "-pweb")] {
        bench.set(name, format!("old value of {name}"), &[scope]);
    }
    bench.etui(["set", "A", "-g", "--value", "old value of A", "--expires", "2020-01-01"]).ok();
    let recipient = etui::keys::Identity::generate().recipient();
    bench.etui(["member", "add", "ci", recipient.as_str()]).ok();
    bench.etui(["member", "remove", "ci", "-y"]).ok();
    bench
}

fn get(bench: &Bench, name: &str) -> Outcome {
    bench.etui(["get", name, "-p", "web"])
}

#[test]
fn walks_through_what_audit_finds_and_writes_each_answer_at_once() {
    let bench = exposed();
    let mut terminal = Terminal::etui(&bench, ["rotate"]);
    terminal.sees("> ").types("generate\n");
    terminal.sees("> ").types("2\n").asks_hidden("Value for B: ").types("a new value of B\r");
    terminal.sees("(3 of 4)");
    // It is written before the next question is answered.
    get(&bench, "B").prints("a new value of B");
    terminal.sees("> ").types("not a secret\n").sees("> ").types("skip\n");
    let read = "read by ci, who was removed";
    terminal.ends().shows(
        0,
        &format!(
            "A in team acme (1 of 4): expired and {read}\n{MENU}generate\n\
             generated a new value for A in team acme\n\
             note: the expiry went with the old value; to set a new one: `etui update A -g --expires 90d`\n\
             B in team acme (2 of 4): {read}\n{MENU}2\nValue for B: \nupdated B in team acme\n\
             C in team acme (3 of 4): {read}\n{MENU}not a secret\nC in team acme is an env entry now, with the same value\n\
             D in project web of team acme (4 of 4): {read}\n{MENU}skip\n\
             note: left as before: D in project web; to go on: `etui rotate`\n"
        ),
    );
    assert_eq!(get(&bench, "A").ok().text().len(), 32);
    bench.etui(["env", "list", "-g"]).mask_times().prints("C\ta value\tWHEN\talice\n");
    bench.etui(["resolve", "-g", "--only", "C"]).prints("C='old value of C'\n");
    bench.etui(["audit"]).exits(1, &format!("D\tproject web\t{read}\n"));
    // The entry counts like any other, and has the history of the secret.
    bench.etui(["history", "C", "-g"]).mask_times().prints("-\tWHEN\talice\tcurrent\n1\tWHEN\talice\tearlier\n");
    bench.etui(["restore", "C", "-g"]).ok();
    bench.etui(["resolve", "-g", "--only", "C"]).prints("C='older value of C'\n");
}

#[test]
fn a_name_narrows_the_walk_and_needs_no_finding() {
    let bench = exposed();
    bench.set("FINE", "a value", &["-g"]);
    let mut terminal = Terminal::etui(&bench, ["rotate", "FINE", "B", "-g"]);
    terminal.sees("B in team acme (1 of 2): read by").sees("> ").types("1\n");
    terminal.sees("FINE in team acme (2 of 2)\r\n").sees("> ").types("1\n");
    assert_eq!(terminal.ends().code, 0);
    assert_ne!(get(&bench, "FINE").text(), "a value");
    // A section narrows it as well, and so does an age widen it.
    let mut terminal = Terminal::etui(&bench, ["rotate", "-p", "web"]);
    terminal.sees("D in project web of team acme (1 of 1): ").sees("> ").types("1\n");
    terminal.ends().sees("nothing is left to rotate\n");
    run(&bench, ["rotate", "-p", "web"]).shows(0, "no secret needs a new value\n");
    let mut terminal = Terminal::etui(&bench, ["rotate", "-p", "web", "--older-than", "0s"]);
    terminal.sees("D in project web of team acme (1 of 1): older than 0s").sees("> ").types("3\n");
    terminal.ends().sees("to go on: `etui rotate --older-than 0s -p web`\n");
    assert_eq!(run(&bench, ["rotate", "NONE", "-g"]).code, 3);
    assert_eq!(run(&bench, ["rotate", "-p", "none"]).code, 3);
}

#[test]
fn the_same_value_no_value_and_a_reference_ask_again() {
    let bench = exposed();
    bench.etui(["env", "set", "USER_OF_B", "secret:B", "-p", "web"]).ok();
    let mut terminal = Terminal::etui(&bench, ["rotate", "B", "-g"]);
    terminal.sees("> ").types("type\n").asks_hidden("Value for B: ").types("old value of B\r");
    terminal
        .sees("note: B has this value already\r\n")
        .sees("> ")
        .types("type\n")
        .asks_hidden("Value for B: ")
        .types("\r");
    terminal.sees("note: nothing was typed\r\n").sees("> ").types("4\n");
    terminal.sees("warning: B in team acme is in use by USER_OF_B of project web; a reference needs a secret\r\n");
    terminal.sees("> ").types("\x04");
    let left = terminal.ends();
    assert_eq!((left.code, left.echo), (130, true));
    left.sees("note: left as before: B in team; to go on: `etui rotate B -g`\n")
        .sees("error: interrupted; what was answered before is kept\n");
    get(&bench, "B").prints("old value of B");
}

#[test]
fn a_shared_value_needs_a_new_one_under_all_names_but_one() {
    let bench = Bench::acme();
    for scope in ["-g", "-pweb"] {
        bench.set("SHARED", "the same value everywhere", &[scope]);
    }
    let mut terminal = Terminal::etui(&bench, ["rotate"]);
    terminal.sees("(1 of 2): the same value as SHARED in project web").sees("> ").types("1\n");
    terminal
        .ends()
        .sees("note: SHARED in project web of team acme needs no new value any more\nnothing is left to rotate\n");
    get(&bench, "SHARED").prints("the same value everywhere");
}

#[test]
fn a_value_that_somebody_changed_meanwhile_stays() {
    let bench = exposed();
    let mut terminal = Terminal::etui(&bench, ["rotate", "B", "-g"]);
    terminal.sees("> ");
    bench.set("B", "a colleague's", &["-g"]);
    terminal.types("1\n");
    terminal.ends().sees("note: alice gave B a new value at ").sees(", which stays\nnothing is left to rotate\n");
    get(&bench, "B").prints("a colleague's");
}

#[test]
fn a_plain_value_stays_plain_as_an_entry_and_no_terminal_gets_lines_that_work() {
    let bench = Bench::acme();
    bench.set("LOOKS", "secret:OTHER", &["-g"]);
    let mut terminal = Terminal::etui(&bench, ["rotate", "LOOKS", "-g", "-j"]);
    terminal.sees("> ").types("4\n");
    terminal.ends().sees("\"done\": \"entry\"");
    bench.etui(["resolve", "-g", "--only", "LOOKS"]).prints("LOOKS=secret:OTHER\n");

    bench.etui(["rotate"]).prints("").says("no secret needs a new value");
    let bench = exposed();
    let before = bytes(bench.vault());
    bench.etui(["rotate"]).fails(
        2,
        "error: `rotate` asks about 4 secrets, and there is no terminal to ask\n \
         hint: for a random value: `etui generate A -g`; or for one of your own: `etui set A -g --file FILE`",
    );
    assert_eq!(bytes(bench.vault()), before);
    bench.etui(["generate", "A", "-g"]).ok();
}

impl Finished {
    #[track_caller]
    fn sees(self, text: &str) -> Finished {
        assert!(self.screen.contains(text), "{text:?} was never shown; the screen is {:?}", self.screen);
        self
    }
}
