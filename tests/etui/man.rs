//! The manual pages: one for each command, in valid roff.

use std::process::Command;

use crate::bench::{Bench, Outcome, names};

#[test]
fn there_is_a_page_for_every_command_and_subcommand() {
    let bench = Bench::new();
    bench.etui(["man", "share/man1"]).prints("").says("");
    let pages = names(bench.work().join("share/man1"));
    for page in ["etui.1", "etui-run.1", "etui-member-add.1", "etui-secrets-set.1", "etui-man.1"] {
        assert!(pages.iter().any(|there| there == page), "{page} of {pages:?}");
    }
    let help = bench.etui(["--help"]).ok();
    let commands = help.text().lines().take_while(|line| !line.starts_with("Topics"));
    let commands = commands.filter(|line| line.starts_with("  ") && !line.trim_start().starts_with('-'));
    for command in commands.filter_map(|line| line.split_whitespace().next()) {
        assert!(pages.contains(&format!("etui-{command}.1")), "{command}");
    }
    for page in &pages {
        let text = std::fs::read_to_string(bench.work().join("share/man1").join(page)).unwrap();
        assert!(text.is_ascii() && text.contains(".SH SYNOPSIS"), "{page}");
        assert_eq!(text.contains("lock\\-timeout"), page == "etui.1", "{page} has the global options");
    }
}

#[test]
fn the_topics_of_the_help_are_pages_of_section_7() {
    let bench = Bench::new();
    let topics = ["etui-ci.7", "etui-formats.7", "etui-git.7", "etui-recovery.7", "etui-trust.7"];
    bench.etui(["man", "share/man1"]).ok();
    assert_eq!(names(bench.work().join("share/man7")), topics);
    // Elsewhere, all pages are in one directory.
    bench.etui(["man", "pages"]).ok();
    let pages = names(bench.work().join("pages"));
    for topic in topics {
        assert!(pages.iter().any(|page| page == topic), "{pages:?}");
    }
    let text = std::fs::read_to_string(bench.work().join("pages/etui-trust.7")).unwrap();
    assert!(text.is_ascii() && text.contains("\n.SH FINGERPRINTS\n"), "{text}");
}

#[test]
#[ignore = "needs groff and man-db"]
fn the_pages_are_valid_roff_and_man_finds_their_names() {
    let bench = Bench::new();
    bench.etui(["man", "pages"]).ok();
    let pages = names(bench.work().join("pages"));
    let run = |program: &str, options: &[&str]| {
        let mut command = Command::new(program);
        bench.as_user(command.args(options).args(&pages)).current_dir(bench.work().join("pages"));
        Outcome::from(command.output().unwrap())
    };
    run("groff", &["-ww", "-man", "-Tutf8", "-z"]).prints("").says("");
    let index = run("lexgrog", &[]).ok().says("");
    assert_eq!(index.text().lines().count(), pages.len(), "{}", index.text());
    assert!(index.text().contains("etui-run.1: \"etui-run - Run a command with the merged environment\""));
    assert!(index.text().contains("etui-ci.7: \"etui-ci - Machines: "));
}
