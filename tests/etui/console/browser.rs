//! The console in a real browser, driven by `browser.mjs`, which clicks and types.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::disputes::{colleague, dispute};
use super::page::Server;
use crate::bench::{Bench, Outcome};

/// A directory below `target/`, where `.ci/readers` installs packages and screenshots are written.
fn target(directory: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(directory)
}

/// Plays one flow of the script on a console.
#[track_caller]
pub fn play(flow: &str, bench: &Bench, server: &Server) -> Outcome {
    let pictures = target("console");
    fs::create_dir_all(&pictures).unwrap();
    let mut node = Command::new("node");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/etui/console/browser.mjs");
    let address = format!("http://127.0.0.1:{}/#{}", server.port, server.ticket);
    bench.as_user(&mut node).arg(script).args([flow, &address, env!("CARGO_BIN_EXE_etui")]).arg(pictures);
    node.arg(server.id().to_string());
    Outcome::from(node.output().unwrap()).ok()
}

#[test]
#[ignore = "needs chromium and node"]
fn everything_works_by_clicking_and_typing() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    play("everything", &bench, &server);
    assert_eq!(server.wait(), (0, String::new()), "it was closed from the page");
}

#[test]
#[ignore = "needs chromium and node"]
fn every_view_is_accessible_in_light_dark_and_narrow_layouts() {
    let bench = Bench::linked();
    for (name, scope) in
        [("DATABASE_URL", "-g"), ("DATABASE_URL", "-cgpu"), ("DATABASE_URL", "-pweb"), ("STRIPE_KEY", "-g")]
    {
        bench.set(name, format!("{name}{scope}"), &[scope]);
        bench.set(name, format!("{name}{scope} again"), &[scope]);
    }
    bench.set("SAME", "STRIPE_KEY-g again", &["-p", "api"]);
    bench
        .etui([
            "set",
            "OLD",
            "--value",
            "x",
            "--expires",
            "2020-01-01",
            "--note",
            "a note that is long enough to be broken",
            "-p",
            "web",
        ])
        .ok();
    bench.etui(["env", "set", "AUTH", "secret:GONE", "-p", "web"]).ok();
    bench.set("DELETED", "x", &["-p", "web"]);
    bench.etui(["rm", "DELETED", "-p", "web"]).ok();
    let long = "LONG_".repeat(25);
    bench.set(&long, "x", &["-p", "web"]);
    bench.etui(["project", "create", &"x".repeat(64)]).ok();
    dispute(&bench, &colleague(&bench), &["set", "DISPUTED", "-p", "web", "--value"]);
    bench.etui(["member", "remove", "bob", "-y"]).ok();
    let server = Server::start(&bench, &[]);
    play("themes", &bench, &server);
}

#[test]
#[ignore = "needs chromium and node"]
fn a_dispute_is_shown_and_settled() {
    let bench = Bench::acme();
    let bob = colleague(&bench);
    for name in ["KEY", "TAKEN", "OTHER"] {
        dispute(&bench, &bob, &["set", name, "-p", "web", "--value"]);
    }
    bench.etui(["env", "set", "AUTH", "secret:KEY", "-p", "web"]).ok();
    let server = Server::start(&bench, &[]);
    play("disputes", &bench, &server);
}

#[test]
#[ignore = "needs chromium and node"]
fn the_page_follows_changes_of_the_vault_and_the_console() {
    let bench = Bench::acme();
    bench.set("FIRST", "x", &["-g"]);
    let mut server = Server::start(&bench, &[]);
    play("life", &bench, &server);
    assert_eq!(server.wait(), (0, String::new()), "interrupted");
}

#[test]
#[ignore = "needs chromium and node"]
fn a_hostile_page_in_the_same_browser_can_read_and_do_nothing() {
    let bench = Bench::acme();
    let server = Server::start(&bench, &[]);
    play("hostile", &bench, &server);
}

#[test]
#[ignore = "needs chromium and node"]
fn a_reader_is_told_why_nothing_can_be_changed() {
    let bench = Bench::acme();
    bench.set("A", "a value", &["-p", "web"]);
    bench.set("A", "another", &["-g"]);
    let bob = Bench::new();
    bob.etui(["key", "new"]).ok();
    let recipient = bob.etui(["key", "show", "-j"]).ok().document()["recipient"].as_str().unwrap().to_owned();
    bench.etui(["member", "add", "bob", &recipient]).ok();
    fs::copy(bench.vault(), bob.vault()).unwrap();
    let server = Server::start(&bob, &[]);
    play("reader", &bob, &server);
}

#[test]
#[ignore = "needs chromium and node"]
fn a_locked_vault_asks_for_the_passphrase() {
    let bench = Bench::acme();
    let text = fs::read_to_string(bench.key()).unwrap();
    fs::write(bench.key(), crate::bench::lock(&text, "correct horse")).unwrap();
    let server = Server::start(&bench, &[]);
    play("locked", &bench, &server);
}

#[test]
#[ignore = "needs chromium and node"]
fn a_thousand_names_stay_responsive() {
    let bench = Bench::acme();
    let lines = |section: usize| (0..1000).map(|name| format!("NAME_{name}={section}-{name}\n")).collect::<String>();
    for (section, scope) in ["-g", "-pweb", "-cgpu"].into_iter().enumerate() {
        bench.piped(lines(section), ["import", "-", scope]).ok();
    }
    let server = Server::start(&bench, &[]);
    print!("{}", play("many", &bench, &server).text());
}

/// The README's screenshot shows the demo vault. `ETUI_PICTURE=1` updates it.
#[test]
#[ignore = "needs chromium and node"]
fn the_screenshot_in_the_readme_shows_the_demo_vault() {
    let bench = Bench::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fs::create_dir(bench.home()).unwrap();
    fs::copy(fixtures.join("demo/demo.age"), bench.home().join("demo.age")).unwrap();
    fs::write(bench.key(), "").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(bench.key(), mode).unwrap();
    fs::write(bench.key(), fs::read(fixtures.join("demo/identity.txt")).unwrap()).unwrap();
    let server = Server::start(&bench, &[]);
    play("picture", &bench, &server);
    let picture = fs::read(target("console/console.png")).unwrap();
    assert!(picture.len() < 200_000, "{} bytes", picture.len());
    if std::env::var_os("ETUI_PICTURE").is_some() {
        fs::write(fixtures.join("console.png"), picture).unwrap();
    }
    assert!(fixtures.join("console.png").is_file());
}
