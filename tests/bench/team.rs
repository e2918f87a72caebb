//! A team's vault of a given size, and the environment that it must resolve to.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use etui::keys::{self, Identity};
use etui::session::envelope;
use etui::vault::change::Precondition;
use etui::vault::text::{self, SignedReader, Text};
use etui::vault::{Details, Id, Kind, SecretName, SectionId, Stamp, Timestamp, Value};
use rand::distributions::Alphanumeric;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use zeroize::Zeroizing;

use crate::ETUI;

const PROJECTS: usize = 20;
const CLUSTERS: usize = 5;

/// How often each secret is set: its value and three earlier ones.
const VERSIONS: usize = 4;

/// How the secrets are distributed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Over all sections, in turn.
    Even,
    /// All in one project.
    OneProject,
}

/// A vault, its key, and its expected content.
pub struct Team {
    /// `ETUI_HOME`.
    pub home: PathBuf,
    pub recipient: String,
    /// The name of a plain text secret in project-1.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The expected environment of project-1 on cluster-1.
    environment: BTreeMap<String, String>,
    plain: String,
}

impl Team {
    /// Creates a team with etui and fills its vault.
    pub fn create(home: &Path, secrets: usize, spread: Spread) -> Team {
        let mut team = Team {
            home: home.to_owned(),
            recipient: String::new(),
            name: String::new(),
            value: String::new(),
            environment: BTreeMap::new(),
            plain: String::new(),
        };
        fs::create_dir(home).expect("a new directory");
        let sections = sections();
        let mut init = team.command(ETUI);
        init.args(["init", "acme", "--as", "alice"]);
        for section in &sections {
            if let (Some(kind), Some(id)) = (section.kind(), section.id()) {
                init.args([&format!("--{}", kind.as_str()), id.as_str()]);
            }
        }
        output(&mut init);

        let key = fs::read(team.key()).expect("the key that init made");
        let identities = Identity::parse_all(&key).expect("a key");
        let [alice] = &identities[..] else { panic!("one key") };
        let sealed = fs::read(team.vault()).expect("the vault that init made");
        let mut intake = SignedReader::new(sealed.len(), true);
        keys::open(&sealed[..], &identities, |piece| intake.take(piece, &mut |_, _| {})).expect("alice's vault");
        let body = intake.finish().expect("a signed vault").body;
        let text = Text::new(String::from_utf8(body).expect("text"));
        let mut vault = text.head().and_then(|head| text.whole(&head)).expect("a vault");

        // The same values in each run, so that runs are comparable.
        let mut random = StdRng::seed_from_u64(secrets as u64);
        let mut known: Vec<BTreeMap<String, String>> = vec![BTreeMap::new(); sections.len()];
        for number in 0..secrets {
            let (at, round) = match spread {
                Spread::Even => (number % sections.len(), number / sections.len()),
                Spread::OneProject => (1 + CLUSTERS, number),
            };
            let name = name(&sections[at], round);
            for time in 0..VERSIONS {
                let text = value(number, &mut random);
                let stamp = stamp(&vault.head.written_by, time);
                let secret = SecretName::parse(&name).expect("a name");
                let value = Value::text(Zeroizing::new(text.clone().into_bytes())).expect("a value");
                let set =
                    vault.sections.set(&sections[at], &secret, value, Details::default(), Precondition::Any, &stamp);
                set.expect("a section that is there");
                known[at].insert(name.clone(), text);
            }
        }
        let mut plain = text::print(&vault);
        let (trailer, _) = envelope::sign(&plain, keys::Purpose::Vault, alice);
        plain.push_str(&trailer);
        let sealed = keys::seal(&[plain.as_bytes()], [&alice.recipient()]).expect("alice's recipient");
        fs::write(team.vault(), sealed).expect("a full vault");
        // The pins know the empty vault, and would refuse another one of the same age.
        fs::remove_dir_all(home.join("state")).expect("what init remembers");

        let project = known.swap_remove(1 + CLUSTERS);
        let plain_text = |(_, value): &(&String, &String)| value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if let Some((name, value)) = project.iter().find(plain_text) {
            (team.name, team.value) = (name.clone(), value.clone());
        }
        let (cluster, everyone) = (known.swap_remove(1), known.swap_remove(0));
        // Of equal names the last one wins, in the order team, cluster, project.
        team.environment = [everyone, cluster, project].into_iter().flatten().collect();
        team.recipient = alice.recipient().as_str().to_owned();
        team.plain = plain;
        team
    }

    /// Writes a typical service log with a secret in every thousandth line, and returns its size.
    pub fn write_log(&self, path: &Path) -> u64 {
        let mut random = StdRng::seed_from_u64(7);
        let mut log = std::io::BufWriter::new(fs::File::create(path).expect("a log"));
        let values: Vec<&String> = self.environment.values().collect();
        for line in 0..1_500_000_usize {
            let (id, time): (u64, u32) = (random.r#gen(), random.gen_range(1..5_000));
            let entry = ["request done", "cache miss for /api/v1/items", "retrying job send_mail"][line % 3];
            let secret = if line % 1_000 == 999 { values[line / 1_000 % values.len()] } else { "-" };
            let head = format!("2026-11-21T10:{:02}:{:02}Z INFO web-{}", line / 60 % 60, line % 60, line % 7);
            writeln!(log, "{head} {entry} id={id:016x} took={time}ms auth={secret}").expect("a line");
        }
        log.flush().expect("all of it");
        fs::metadata(path).map_or(0, |file| file.len())
    }

    /// Checks that redaction replaces each secret in the log by its name and changes nothing else.
    pub fn check_redacted(&self, log: &Path) {
        let mut expected = fs::read_to_string(log).expect("the log");
        for (name, value) in &self.environment {
            expected = expected.replace(&format!("auth={}", value.trim_end()), &format!("auth=[{name}]"));
        }
        let mut etui = self.command(ETUI);
        let shown = output(etui.args(["redact", "-p", "project-1"]).stdin(fs::File::open(log).expect("the log")));
        assert!(shown == expected.as_bytes(), "etui replaces each secret by its name and nothing else");
    }

    /// A program with this home and nothing else of the user's environment.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(path_of(program));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &self.home).env("ETUI_HOME", &self.home).current_dir(&self.home);
        command
    }

    pub fn key(&self) -> PathBuf {
        self.home.join("identity.txt")
    }

    pub fn vault(&self) -> PathBuf {
        self.home.join("acme.age")
    }

    /// The size of the vault file, in bytes.
    pub fn size(&self) -> u64 {
        fs::metadata(self.vault()).expect("the vault").len()
    }

    /// Checks the results before measuring: age prints the vault, and etui prints the environment, both in a
    /// form without quotes and in the timed form as a shell reads it.
    pub fn check(&self) {
        let decrypted = output(self.command("age").args(["-d", "-i"]).arg(self.key()).arg(self.vault()));
        assert!(decrypted == self.plain.as_bytes(), "age prints the sealed text");
        let context = ["resolve", "-p", "project-1", "-c", "cluster-1"];
        let pair = |(name, value): (&String, &String)| format!("{name}={value}\0");
        let expected: String = self.environment.iter().map(pair).collect();
        let exact = output(self.command(ETUI).args(context).args(["--format", "null"]));
        assert!(exact == expected.as_bytes(), "etui resolves the values that were set");
        let dotenv = self.home.join("env");
        fs::write(&dotenv, output(self.command(ETUI).args(context))).expect("a dotenv file");
        let read = output(self.command("sh").args(["-c", "set -a; . ./env; env -0"]));
        let read = String::from_utf8(read).expect("text");
        let read: BTreeMap<&str, &str> = read.split('\0').filter_map(|pair| pair.split_once('=')).collect();
        for (name, value) in &self.environment {
            assert!(read.get(name.as_str()) == Some(&value.as_str()), "a shell reads {name}");
        }
    }
}

/// The path of a program. Started by its name with a changed environment, it would be started by fork instead
/// of posix_spawn, which takes longer the more memory this process has.
fn path_of(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut there = std::env::split_paths(&path).map(|directory| directory.join(program));
    there.find(|path| path.is_file()).unwrap_or_else(|| program.into())
}

/// The standard output of a program, which must succeed.
pub fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The team, the clusters, the projects.
fn sections() -> Vec<SectionId> {
    let some = |kind: Kind, count| {
        let id = move |number| Id::parse(&format!("{}-{number}", kind.as_str())).expect("an id");
        (1..=count).map(move |number| kind.with(id(number)))
    };
    let others = some(Kind::Cluster, CLUSTERS).chain(some(Kind::Project, PROJECTS));
    std::iter::once(SectionId::Team).chain(others).collect()
}

/// Every fourth name is set in all sections, so that the strongest wins; the others in one.
fn name(section: &SectionId, round: usize) -> String {
    let what = ["API_KEY", "DATABASE_URL", "SIGNING_SECRET", "WEBHOOK_TOKEN", "SMTP_PASSWORD"][round % 5];
    match section.id() {
        Some(id) if !round.is_multiple_of(4) => {
            format!("{}_{what}_{round}", id.as_str().to_uppercase().replace('-', "_"))
        }
        None if !round.is_multiple_of(4) => format!("TEAM_{what}_{round}"),
        _ => format!("{what}_{round}"),
    }
}

/// One value in a hundred is a PEM key, one in ten a URL, and the others are 40 to 80 random characters.
fn value(number: usize, random: &mut StdRng) -> String {
    let mut text =
        |length: usize| -> String { random.sample_iter(Alphanumeric).take(length).map(char::from).collect() };
    if number % 100 == 99 {
        let lines: String = (0..26).map(|_| text(64) + "\n").collect();
        format!("-----BEGIN PRIVATE KEY-----\n{lines}-----END PRIVATE KEY-----\n")
    } else if number % 10 == 3 {
        format!("postgres://service:{}@db-{number}.internal.example.com:5432/main?sslmode=require", text(24))
    } else {
        let length = 40 + number % 41;
        text(length)
    }
}

fn stamp(by: &etui::vault::MemberName, time: usize) -> Stamp {
    let at = Timestamp::parse(&format!("2026-0{}-12T09:30:00Z", 1 + time)).expect("a date");
    Stamp { by: by.clone(), at }
}
