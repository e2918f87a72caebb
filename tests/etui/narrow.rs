//! Tables on a narrow terminal: they fit, and nothing that somebody may copy is cut.

use crate::bench::Bench;
use crate::terminal::driver::Terminal;

/// Runs etui in a terminal with so many columns, and returns what it shows.
fn shown(bench: &Bench, columns: u16, line: &str) -> String {
    let mut command = bench.command(line.split(' '));
    let mut terminal = Terminal::script("read -r go; \"$@\"", command.env("TERM", "dumb"));
    terminal.resizes(24, columns).types("\r");
    terminal.ends().screen.trim_start_matches('\n').to_owned()
}

#[track_caller]
fn fits(screen: &str, columns: usize) {
    let longest = screen.lines().map(|line| line.chars().count()).max();
    assert!(longest.is_some_and(|longest| longest <= columns), "{columns} columns:\n{screen}");
}

#[test]
fn the_members_have_their_fingerprints_on_a_second_line() {
    let bench = Bench::acme();
    let wide = bench.etui(["member", "list"]).ok();
    let fingerprint = wide.text().split('\t').nth(2).unwrap();
    assert_eq!(
        shown(&bench, 60, "member list"),
        format!(
            "NAME   ROLE    ADDED BY  ADDED\n  KEY FINGERPRINT\nalice  writer  alice     just now\n  {fingerprint}\n"
        )
    );
    assert_eq!(
        shown(&bench, 100, "member list"),
        format!(
            "NAME   ROLE    {:<47}  ADDED BY  ADDED\nalice  writer  {fingerprint}  alice     just now\n",
            "KEY FINGERPRINT"
        )
    );
}

#[test]
fn a_list_wraps_its_notes() {
    let bench = Bench::acme();
    let note = "ask Alice for a new one, and tell everybody who deploys before you change it";
    bench.etui(["set", "STRIPE_KEY", "-g", "--value", "1", "--note", note]).ok();
    let long = "A".repeat(70);
    bench.set("B", "2", &["-g"]);
    let screen = shown(&bench, 60, "list -g");
    assert_eq!(
        screen,
        "NAME        UPDATED   BY     NOTE\n\
         B           just now  alice\n\
         STRIPE_KEY  just now  alice  ask Alice for a new one, and\n\
         \u{20}                            tell everybody who deploys\n\
         \u{20}                            before you change it\n"
    );
    fits(&screen, 60);
    fits(&shown(&bench, 40, "list --all"), 40);

    // A name is never cut, and what follows it stands below.
    bench.set(&long, "3", &["-g"]);
    let screen = shown(&bench, 60, "list -g");
    assert!(screen.contains(&format!("{long}\n  just now  alice\n")), "{screen}");
}

#[test]
fn doctor_has_its_fixes_on_a_line_of_their_own() {
    let bench = Bench::acme();
    bench.sh("chmod 644 ../home/identity.txt; chmod go+w ../home/acme.age").ok();
    for columns in [60, 80] {
        let screen = shown(&bench, columns, "doctor");
        let commands = |line: &&str| line.contains("`chmod ");
        let fixes: Vec<&str> = screen.lines().filter(commands).collect();
        let private = format!("  `chmod 600 {}`", bench.key().display());
        // The vault cannot be opened with such a key either.
        let expected = [private.clone(), private, format!("  `chmod o-w {}`", bench.vault().display())];
        assert_eq!(fixes, expected, "{screen}");
        fits(&screen, columns.into());
    }
    // In a pipe a row is one line.
    let piped = bench.etui(["doctor"]);
    assert!(piped.text().lines().all(|line| line.split('\t').count() == 4), "{piped:?}");
}
