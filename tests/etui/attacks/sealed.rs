//! Sealed environments, and machines that trust by a token.

use std::borrow::Cow;
use std::fs;
use std::os::unix::fs::symlink;

use etui::keys::{self, Card, Identity, Purpose};
use etui::session::envelope;
use etui::vault::text::print;
use etui::vault::{ActorId, Context, Head, Stamp, Value, VariableContent, sealed};

use super::{Team, add, member, written_by};
use crate::bench::{Bench, Outcome, bytes, open, public_keys, split, vault};

/// A team, and a server with its own key and state that opened what alice sealed for project web.
struct Server {
    team: Team,
    bench: Bench,
    key: Identity,
    /// Sealed before the last write, and after it, for project web and for project api.
    older: Vec<u8>,
    web: Vec<u8>,
    api: Vec<u8>,
    head: Head,
    pins: Vec<u8>,
}

impl Server {
    fn new() -> Server {
        let team = Team::new();
        let bench = Bench::new();
        fs::create_dir(bench.home()).unwrap();
        bench.etui(["key", "new", "--output", bench.key().to_str().unwrap()]).ok();
        let key = Identity::parse_all(&bytes(bench.key())).unwrap().remove(0);
        let recipient = key.recipient().to_string();
        let seal = |project: &str| team.bench.etui(["resolve", "-p", project, "--recipient", &recipient]).ok().out;
        let older = seal("web");
        team.bench.set("A", "newer", &["-p", "web"]);
        let (web, api) = (seal("web"), seal("api"));
        let head = vault(split(&open(&web, std::slice::from_ref(&key)).unwrap()).0).head;
        fs::write(bench.work().join("web.age"), &web).unwrap();
        let server = Server { team, bench, key, older, web, api, head, pins: Vec::new() };
        let first = server.run("web.age", None).prints("newer\n");
        assert!(
            first.err.starts_with("first time this machine opens team acme; trusting its founder alice"),
            "{}",
            first.err
        );
        server.run("web.age", None).prints("newer\n").says("");
        Server { pins: bytes(server.bench.pins()), ..server }
    }

    fn run(&self, file: &str, trust: Option<&str>) -> Outcome {
        let variables: Vec<_> = trust.into_iter().map(|trust| ("ETUI_TRUST", trust)).collect();
        self.bench.with(&variables, ["run", "--sealed", file, "--", "printenv", "A"])
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.bench.work().join(name);
        let _ = fs::remove_file(&path);
        fs::write(path, bytes).unwrap();
    }

    fn restore(&self) {
        self.put("web.age", &self.web);
        self.put("api.age", &self.api);
        fs::write(self.bench.pins(), &self.pins).unwrap();
    }

    /// An environment that sets A to `evil`, sealed by somebody under a head.
    fn sealed_by(&self, head: &Head, name: &str, by: &Identity, project: &str) -> Vec<u8> {
        let context = Context { cluster: None, project: project.parse().ok() };
        let stamp = Stamp { by: member(name), at: "2026-11-23T10:00:00Z".parse().unwrap() };
        let value = VariableContent::Value(Cow::Owned(Value::text(b"evil".to_vec().into()).unwrap()));
        let variables = [("A".parse().unwrap(), &value)];
        let vault = sealed::seal(head, &self.key.recipient(), &context, variables, &stamp);
        self.sign(&print(&vault), Purpose::Environment, by)
    }

    fn sign(&self, body: &str, purpose: Purpose, by: &Identity) -> Vec<u8> {
        let (trailer, _) = envelope::sign(body, purpose, by.open_signer().unwrap());
        keys::seal(&[body.as_bytes(), trailer.as_bytes()], [&self.key.recipient()]).unwrap()
    }

    #[track_caller]
    fn refuses(&self, what: &str, file: &str, trust: Option<&str>, (code, message): (i32, &str)) {
        let before = fs::read(self.bench.pins()).unwrap_or_default();
        let outcome = self.run(file, trust);
        assert_eq!((outcome.code, outcome.text()), (code, ""), "{what}: {outcome:?}");
        assert!(outcome.err.contains(message), "{what}: {outcome:?}");
        assert!(outcome.err.lines().count() == 2, "{what}: {outcome:?}");
        assert!(fs::read(self.bench.pins()).unwrap_or_default() == before, "{what}: the pins moved");
    }
}

/// Forged heads: a vault's head as the removed members would have it, one write newer.
fn heads(server: &Server) -> [(&'static str, Head, &'static str, &Identity, &'static str); 5] {
    let team = &server.team;
    let mut head = team.vault_now().head;
    head.clock.tick(ActorId(9));
    let clock = head.clock.clone();
    let mut with_dan = Head { clock: clock.clone(), ..team.with_dan.head.clone() };
    let listed = with_dan.clone();
    with_dan.removed.clear();
    let mut with_puppet = team.with_dan.clone();
    with_puppet.head.clock = clock;
    add(&mut with_puppet, "puppet", public_keys(&team.puppet, true), &team.dan);
    let mut with_eve = team.vault_now();
    add(&mut with_eve, "eve", public_keys(&team.eve, true), &team.puppet);
    with_eve.head.members.get_mut(&member("eve")).unwrap().endorsed_by = team.alice.fingerprint();
    let mut founded = team.vault_now();
    founded.head.members.clear();
    add(&mut founded, "eve", public_keys(&team.eve, true), &team.eve);
    let removed = "dan, who was removed, wrote it";
    [
        ("by a removed writer", listed, "dan", &team.dan, removed),
        ("by a removed writer, who removed nobody", with_dan, "dan", &team.dan, removed),
        ("through a removed writer", with_puppet.head, "puppet", &team.puppet, "puppet, a member through dan"),
        ("by somebody whom nobody endorsed", with_eve.head, "eve", &team.eve, "endorsed by no member"),
        ("by another founder", founded.head, "eve", &team.eve, "another member founded it"),
    ]
}

#[test]
fn a_server_that_opened_an_environment_refuses_all_others() {
    let server = Server::new();
    let team = &server.team;
    for (what, head, name, by, message) in heads(&server) {
        server.restore();
        server.put("web.age", &server.sealed_by(&head, name, by, "web"));
        server.refuses(what, "web.age", None, (6, message));
        server.put("new.age", &server.sealed_by(&head, name, by, "web"));
        server.refuses(what, "new.age", None, (6, message));
    }

    let older = "is older than what this machine has seen: the vault had 1 change more";
    server.restore();
    server.put("web.age", &server.older);
    server.refuses("an older one", "web.age", None, (6, older));
    server.put("other.age", &server.older);
    server.refuses("an older one at another path", "other.age", None, (6, older));
    server.restore();
    let _ = fs::remove_file(server.bench.work().join("web.age"));
    symlink("other.age", server.bench.work().join("web.age")).unwrap();
    server.refuses("a link to an older one", "web.age", None, (6, older));

    let context = "was sealed for project:api, not for project:web";
    server.restore();
    server.put("web.age", &server.api);
    server.refuses("another context", "web.age", None, (6, context));
    server.restore();
    server.run("api.age", None).prints("the-second\n").says("");
    let _ = fs::remove_file(server.bench.work().join("web.age"));
    symlink("api.age", server.bench.work().join("web.age")).unwrap();
    server.refuses("a link to another context", "web.age", None, (6, context));
    let asked = server.bench.etui(["run", "--sealed", "api.age", "-p", "web", "--", "printenv", "A"]);
    assert_eq!((asked.code, asked.text()), (6, ""), "{asked:?}");
    assert!(asked.err.contains(context), "{asked:?}");

    // For another machine, and passed on to this one.
    let other = Identity::generate();
    let elsewhere = team.bench.etui(["resolve", "-p", "web", "--recipient", other.recipient().as_str()]).ok().out;
    let text = open(&elsewhere, &[other]).unwrap();
    server.restore();
    server.put("web.age", &keys::seal(&[&text], [&server.key.recipient()]).unwrap());
    server.refuses("another recipient", "web.age", None, (6, "was sealed for another machine"));

    // A vault in its place, and another team's environment.
    server.restore();
    team.bench.etui(["member", "add", "server", &Card::of(&server.key).to_string()]).ok();
    server.put("web.age", &bytes(&team.file));
    server.refuses("a vault", "web.age", None, (6, "is a vault, not a sealed environment"));
    let stranger = Bench::acme();
    stranger.set("A", "evil", &["-g"]);
    for project in ["-g", "-pweb"] {
        let recipient = server.key.recipient().to_string();
        server.put("web.age", &stranger.etui(["resolve", project, "--recipient", &recipient]).ok().out);
        server.refuses("another vault", "web.age", None, (6, "is of another vault than before"));
    }
    for cut in [1, server.web.len() / 2, server.web.len() - 1] {
        server.put("web.age", &server.web[..cut]);
        let outcome = server.run("web.age", None);
        assert!([5, 6].contains(&outcome.code) && outcome.out.is_empty(), "{cut}: {outcome:?}");
    }
    server.restore();
    server.run("web.age", None).prints("newer\n").says("");
}

#[test]
fn a_machine_with_a_token_and_no_state_refuses_former_writers() {
    let server = Server::new();
    let team = &server.team;
    let export =
        |options: &[&str]| team.bench.etui(["trust", "--export"].iter().chain(options)).ok().text().trim().to_owned();
    let (token, clocked) = (export(&[]), export(&["--not-older"]));
    let print = server.head.fingerprint().unwrap().to_string();
    let forget = || drop(fs::remove_file(server.bench.pins()));

    // The honest one, by each of them, first and again.
    for trust in [&token, &clocked, &print] {
        forget();
        server.run("web.age", Some(trust)).prints("newer\n").says("");
        server.run("web.age", Some(trust)).prints("newer\n").says("");
    }
    for (what, head, name, by, message) in heads(&server) {
        forget();
        server.put("web.age", &server.sealed_by(&head, name, by, "web"));
        // A token names the founder, so that another one is another vault.
        let message = if name == "eve" && head.members.len() == 1 { "`ETUI_TRUST` demands" } else { message };
        server.refuses(what, "web.age", Some(&token), (6, message));
        server.refuses(what, "web.age", Some(&clocked), (6, message));
    }
    forget();
    server.put("web.age", &server.older);
    server.refuses("older than the token", "web.age", Some(&clocked), (6, "is older than"));
    server.run("web.age", Some(&token)).prints("web\n").says("");

    // Another vault's token, a token that was cut, and none at all.
    let other = Bench::acme().etui(["trust", "--export"]).ok().text().trim().to_owned();
    let bad = "`ETUI_TRUST` is neither a token nor a vault fingerprint";
    server.restore();
    server.refuses("another token", "web.age", Some(&other), (6, "is not the vault that `ETUI_TRUST` demands"));
    for text in [&token[..token.len() - 1], &token[1..], "etui-trust1", &print[..print.len() - 4]] {
        server.refuses("a token that was cut", "web.age", Some(text), (2, bad));
    }

    // Pins know who was removed, also beside a bare fingerprint.
    let [(what, head, name, by, message), ..] = heads(&server);
    server.put("web.age", &server.sealed_by(&head, name, by, "web"));
    server.refuses(what, "web.age", Some(&print), (6, message));

    // The vault itself, on a machine without state.
    let key = fs::read_to_string(team.bench.key()).unwrap();
    let machine = Bench::new();
    let file = machine.work().join("acme.age");
    let get = |trust: &str| {
        let _ = fs::remove_dir_all(machine.home());
        machine.with(&[("ETUI_KEY", &*key), ("ETUI_TRUST", trust)], ["get", "A", "-g", "--vault", "acme.age"])
    };
    let mut vault = team.with_dan.clone();
    vault.head.clock = team.vault_now().head.clock;
    vault.head.clock.tick(ActorId(9));
    fs::write(&file, team.sealed(&written_by(vault, "dan", &team.dan))).unwrap();
    for trust in [&token, &clocked] {
        let outcome = get(trust);
        assert_eq!((outcome.code, outcome.text()), (6, ""), "{outcome:?}");
        assert!(outcome.err.contains("dan, who was removed, wrote it") && !machine.pins().exists(), "{outcome:?}");
    }
    // A bare fingerprint does not know who was removed. That is what tokens are for.
    get(&print).prints("the-second").says("");
    fs::write(&file, &team.good.vault).unwrap();
    let outcome = get(&clocked);
    assert_eq!((outcome.code, outcome.text()), (6, ""), "{outcome:?}");
    assert!(outcome.err.contains("is older than `ETUI_TRUST` demands: it lacks 1 change"), "{outcome:?}");
    get(&token).prints("the-second").says("");
    assert_eq!(get(&other).code, 6);
    assert_eq!(get(&token[..token.len() - 1]).code, 2);
}
