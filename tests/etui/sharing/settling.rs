//! `settle --show`: the values of a dispute, for a person at a terminal and nowhere else.

use std::fs;

use super::Team;
use crate::terminal::driver::Terminal;

/// A dispute about `A` between these values, on bob's laptop.
fn dispute(values: [&[u8]; 2]) -> Team {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    for (laptop, value) in [alice, bob].into_iter().zip(values) {
        laptop.bench.set("A", value, &["-g"]);
    }
    alice.etui("sync").ok();
    assert_eq!(bob.etui("sync").code, 4);
    team
}

/// What the terminal shows of the values, without dates.
fn shown(team: &Team, answer: &str) -> (i32, String) {
    let bob = &team.laptops[1];
    let mut terminal = Terminal::etui(&bob.bench, ["settle", "A", "-g", "--show"]);
    terminal.sees("Which value of A should win? (1–2)").sees("> ").types(answer);
    let finished = terminal.ends();
    let out = finished.screen.split("Which value").next().unwrap().as_bytes().to_vec();
    let masked = crate::bench::Outcome { code: 0, out, err: String::new() }.mask_times();
    (finished.code, masked.text().to_owned())
}

/// The values in the order of their numbers, which their hashes decide.
#[track_caller]
fn both(shown: &str, parts: [&str; 2]) {
    let [one, two] = parts;
    let numbered = |first: &str, second: &str| format!("  1  {first}  2  {second}");
    assert!([numbered(one, two), numbered(two, one)].contains(&shown.to_owned()), "{shown}");
}

#[test]
fn a_terminal_shows_the_values_and_then_asks() {
    let team = dispute([b"from-alice", b"from-bob"]);
    let (code, screen) = shown(&team, "\x03");
    assert_eq!(code, 130);
    both(&screen, ["by alice at WHEN, 10 bytes\n     from-alice\n", "by bob at WHEN, 8 bytes\n     from-bob\n"]);
    assert_eq!(shown(&team, "1\r").0, 0);
    assert!(["from-alice", "from-bob"].contains(&team.laptops[1].etui("get A -g").ok().text()));
}

#[test]
fn values_of_several_lines_cannot_act_on_the_terminal() {
    let team = dispute([b"-----BEGIN\n\x1b[2Jline\ttwo\r\n-----END\n", b" "]);
    let (_, screen) = shown(&team, "\x03");
    both(
        &screen,
        [
            "by alice at WHEN, 34 bytes, with a newline at its end\n     \
             -----BEGIN\n     \\u{1b}[2Jline\\ttwo\\r\n     -----END\n",
            "by bob at WHEN, 1 byte\n      \n",
        ],
    );
}

#[test]
fn bytes_are_shown_in_part_with_their_digest() {
    let large: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let team = dispute([b"\xff\x00", &large]);
    let (_, screen) = shown(&team, "\x03");
    let first = "by alice at WHEN, 2 bytes, not text, \
                 SHA-256 ea5dbf9596d187e9500f23e9a680109475341cf4e81f7e043f7d97152c10772f\n     /wA=\n";
    assert!(screen.contains(first), "{screen}");
    assert!(screen.contains("by bob at WHEN, 1000 bytes, not text, SHA-256 "), "{screen}");
    assert_eq!(screen.lines().filter(|line| line.len() == 5 + 72).count(), 4, "{screen}");
    assert!(screen.contains("\n     …\n"), "{screen}");
}

#[test]
fn nothing_but_a_terminal_gets_the_values() {
    let team = dispute([b"from-alice", b"from-bob"]);
    let bob = &team.laptops[1];
    let refused = "error: `--show` prints values, which it does on a terminal only, and not as JSON\n \
                   hint: without the values: `etui settle A -g`";
    bob.etui("settle A -g --show").fails(2, refused);
    assert!(bob.etui("settle A -g").ok().err.contains("to end the dispute: `etui settle A -g --pick NUMBER`"));
    let left = Terminal::etui(&bob.bench, ["settle", "A", "-g", "--show", "-j"]).ends();
    assert_eq!(left.code, 2);
    assert!(!left.screen.contains("from-"), "{left:?}");
    // Standard error may go anywhere.
    let command = bob.bench.command(["settle", "A", "-g", "--show"]);
    let left = Terminal::script(r#""$@" 2>said </dev/null"#, &command).ends();
    assert!(left.screen.contains("from-alice") && left.screen.contains("from-bob"), "{left:?}");
    assert!(!fs::read_to_string(bob.bench.work().join("said")).unwrap().contains("from-"));
    assert_eq!(bob.etui("settle A -g --show --pick 1").code, 2);
}
