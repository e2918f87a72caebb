//! A team's vault of a given size, and the environment that it must resolve to.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use etui::keys::{self, Card, Identity};
use etui::session::envelope;
use etui::vault::change::Precondition;
use etui::vault::text::{self, SignedReader, Text};
use etui::vault::{Details, Id, Kind, SecretName, SectionId, Stamp, Timestamp, Value, Vault};
use rand::distributions::Alphanumeric;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use zeroize::Zeroizing;

use crate::ETUI;

const PROJECTS: usize = 20;
const CLUSTERS: usize = 5;

/// Where the secrets are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// All in the team.
    A,
    /// 30 % in the team, 60 % in the projects, 10 % in the clusters.
    B,
}

impl Layout {
    pub fn letter(self) -> char {
        match self {
            Layout::A => 'A',
            Layout::B => 'B',
        }
    }

    /// The section of the secret with this number, by its place in `sections()`.
    fn section(self, number: usize) -> usize {
        let tenth = number / 10;
        match (self, number % 10) {
            (Layout::A, _) | (Layout::B, ..3) => 0,
            (Layout::B, 9) => 1 + tenth % CLUSTERS,
            (Layout::B, digit) => 1 + CLUSTERS + (6 * tenth + digit - 3) % PROJECTS,
        }
    }
}

/// What a vault holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub layout: Layout,
    pub secrets: usize,
    /// How many earlier values each secret has.
    pub earlier: usize,
    pub members: usize,
}

impl Shape {
    /// The vault of one member.
    pub fn new(layout: Layout, secrets: usize) -> Shape {
        let earlier = if layout == Layout::A { 0 } else { 3 };
        Shape { layout, secrets, earlier, members: 1 }
    }
}

/// A vault, its key, and its expected content.
pub struct Team {
    /// `ETUI_HOME`.
    pub home: PathBuf,
    pub recipient: String,
    /// The name of a plain text secret in the strongest section that is read.
    pub name: String,
    /// Its value.
    pub value: String,
    layout: Layout,
    /// What is read: the team, or project-1 on cluster-1.
    environment: BTreeMap<String, String>,
    plain: String,
}

impl Team {
    /// Creates a team with etui and fills its vault.
    pub fn create(home: &Path, Shape { layout, secrets, earlier, members }: Shape) -> Team {
        let mut team = Team {
            home: home.to_owned(),
            recipient: String::new(),
            name: String::new(),
            value: String::new(),
            layout,
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
        for number in 1..members {
            let card = Card::of(&Identity::generate()).to_string();
            output(team.command(ETUI).args(["member", "add", &format!("member-{number}"), &card, "-y"]));
        }

        let key = fs::read(team.key()).expect("the key that init made");
        let identities = Identity::parse_all(&key).expect("a key");
        let [alice] = &identities[..] else { panic!("one key") };
        let mut vault = open(&team.vault(), &identities);

        // The same values in each run, so that runs are comparable.
        let mut random = StdRng::seed_from_u64(secrets as u64);
        let mut known: Vec<BTreeMap<String, String>> = vec![BTreeMap::new(); sections.len()];
        for number in 0..secrets {
            let (at, name) = (layout.section(number), name(number));
            for time in 0..=earlier {
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
        let (trailer, _) = envelope::sign(&plain, keys::Purpose::Vault, alice.open_signer().expect("an age key"));
        plain.push_str(&trailer);
        let recipients: Vec<_> = vault.head.members.values().map(|member| member.recipient().clone()).collect();
        let sealed = keys::seal(&[plain.as_bytes()], &recipients).expect("recipients");
        fs::write(team.vault(), sealed).expect("a full vault");
        // The pins know the empty vault, and would refuse another one of the same age.
        fs::remove_dir_all(home.join("state")).expect("what init remembers");

        let (project, cluster, everyone) = (&known[1 + CLUSTERS], &known[1], &known[0]);
        let plain_text = |(_, value): &(&String, &String)| value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let strongest = if layout == Layout::A { everyone } else { project };
        let (name, value) = strongest.iter().find(plain_text).expect("a plain value");
        (team.name, team.value) = (name.clone(), value.clone());
        team.environment =
            [everyone, cluster, project].into_iter().flatten().map(|(n, v)| (n.clone(), v.clone())).collect();
        team.recipient = alice.recipient().as_str().to_owned();
        team.plain = plain;
        team
    }

    /// What is read, as options.
    pub fn context(&self) -> &'static [&'static str] {
        match self.layout {
            Layout::A => &["-g"],
            Layout::B => &["-p", "project-1", "-c", "cluster-1"],
        }
    }

    /// The section of `name`, as options.
    pub fn section(&self) -> &'static [&'static str] {
        match self.layout {
            Layout::A => &["-g"],
            Layout::B => &["-p", "project-1"],
        }
    }

    /// What is read, by name.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
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
        let shown = output(etui.args(["redact", "-g"]).stdin(fs::File::open(log).expect("the log")));
        assert!(shown == expected.as_bytes(), "etui replaces each secret by its name and nothing else");
    }

    /// Closes a cluster, for all members of the team.
    pub fn close(&self, cluster: &str) {
        let members = String::from_utf8(output(self.command(ETUI).args(["member", "list"]))).expect("names");
        let members: Vec<&str> = members.lines().filter_map(|line| line.split('\t').next()).collect();
        output(self.command(ETUI).args(["cluster", "close", cluster, "--for", &members.join(","), "-y"]));
        let context = [&["resolve"], self.context(), &["--format", "null"]].concat();
        assert!(!output(self.command(ETUI).args(context)).is_empty(), "etui resolves them all the same");
    }

    /// A program with this home and nothing else of the user's environment. It works where this process works: a static
    /// program starts another in a directory of its own by fork instead of posix_spawn, which takes longer the more memory
    /// this process has.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(path_of(program));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &self.home).env("ETUI_HOME", &self.home);
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
        let context = [&["resolve"], self.context()].concat();
        let pair = |(name, value): (&String, &String)| format!("{name}={value}\0");
        let expected: String = self.environment.iter().map(pair).collect();
        let exact = output(self.command(ETUI).args(&context).args(["--format", "null"]));
        assert!(exact == expected.as_bytes(), "etui resolves the values that were set");
        let dotenv = self.home.join("env");
        fs::write(&dotenv, output(self.command(ETUI).args(&context))).expect("a dotenv file");
        let read = output(self.command("sh").args(["-c", r#"set -a; . "$0"; env -0"#]).arg(&dotenv));
        let read = String::from_utf8(read).expect("text");
        let read: BTreeMap<&str, &str> = read.split('\0').filter_map(|pair| pair.split_once('=')).collect();
        for (name, value) in &self.environment {
            assert!(read.get(name.as_str()) == Some(&value.as_str()), "a shell reads {name}");
        }
    }
}

/// Opens the vault that etui made.
fn open(path: &Path, identities: &[Identity]) -> Vault {
    let sealed = fs::read(path).expect("the vault that init made");
    let mut reader = SignedReader::new(sealed.len(), true);
    keys::open(&sealed[..], identities, |piece| reader.take(piece, &mut |_, _| {})).expect("alice's vault");
    let body = reader.finish().expect("a signed vault").body;
    let text = Text::new(String::from_utf8(body).expect("text"));
    text.head().and_then(|head| text.whole(&head)).expect("a vault")
}

/// The path of a program. Started by its name with a changed environment, it would be started by fork, too.
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

fn name(number: usize) -> String {
    let what = ["API_KEY", "DATABASE_URL", "SIGNING_SECRET", "WEBHOOK_TOKEN", "SMTP_PASSWORD"][number % 5];
    format!("{what}_{number}")
}

/// One value in a hundred is a PEM key, one in ten a URL, and the others are 40 to 80 random characters.
fn value(number: usize, random: &mut StdRng) -> String {
    let mut text =
        |length: usize| -> String { random.sample_iter(Alphanumeric).take(length).map(char::from).collect() };
    if number % 100 == 99 {
        let lines: String = (0..26).map(|_| text(64) + "\n").collect();
        format!("-----BEGIN PRIVATE KEY-----\n{lines}-----END PRIVATE KEY-----\n")
    } else if number % 10 == 5 {
        format!("postgres://service:{}@db-{number}.internal.example.com:5432/main?sslmode=require", text(24))
    } else {
        let length = 40 + number % 41;
        text(length)
    }
}

fn stamp(by: &etui::vault::MemberName, time: usize) -> Stamp {
    let at = Timestamp::parse(&format!("2026-{:02}-12T09:30:00Z", 1 + time)).expect("a date");
    Stamp { by: by.clone(), at }
}
