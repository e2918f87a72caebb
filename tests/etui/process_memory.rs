//! The memory of an etui process after its command is done: it contains none of 100 values that it read or
//! wrote, and not the key.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::process::{Command, Stdio};

use etui::cli::Invocation;
use etui::vault::hex;
use rand::Rng as _;
use sha2::{Digest as _, Sha256};

use crate::bench::Bench;

/// Tells a second run of this test program to run this command line and then stay alive.
const LINE: &str = "ETUI_TEST_LINE";

/// A vault with 100 values that exist nowhere else.
pub struct Planted {
    pub bench: Bench,
    /// The first and last bytes of each value, to search for. They are longer than a vector register, because
    /// an unoptimised build leaves register contents on the stack.
    needles: Vec<[Vec<u8>; 2]>,
    /// One more value, for a command to write.
    pub new: String,
    /// The key as words for paper.
    words: Vec<u8>,
}

impl Planted {
    pub fn new() -> Planted {
        let bench = Bench::linked();
        let salt: u128 = rand::rngs::OsRng.r#gen();
        let word = |of: String| hex::encode(&Sha256::digest(format!("{salt} {of}")));
        let mut values = Vec::new();
        // In the team, the cluster and the project; the last ones only as earlier values.
        for (at, scope) in ["-g", "-c=gpu", "-p=web", "-p=web"].into_iter().enumerate() {
            let mut text = serde_json::Map::new();
            for number in 0..25 {
                let (one, two) = (word(format!("{at} {number} one")), word(format!("{at} {number} two")));
                // Plain values, values with quotes that the file must escape, values of several lines, and
                // long ones.
                let value = match number % 5 {
                    0 => one,
                    1 => format!("{one}'\"\\\t'''{two}"),
                    2 => format!("{one}\n[not.a.table]\r\n{two}\n"),
                    3 => format!("{one}{}{two}", "=".repeat(3_000)),
                    _ => format!("{one}é🦀{two}"),
                };
                values.push(value.clone().into_bytes());
                text.insert(format!("NAME_{at}_{number}"), value.into());
            }
            let text = serde_json::to_vec(&text).unwrap();
            bench.piped(text, ["import", "-", "--format", "json", scope]).ok();
        }
        for number in 0..25 {
            bench.set(&format!("NAME_3_{number}"), format!("later {number}"), &["-p", "web"]);
        }
        let new = word("new".into());
        values.push(new.clone().into_bytes());
        let words = bench.etui(["key", "backup"]).ok().out.trim_ascii_end().to_vec();
        values.push(words.clone());
        let ends = |value: &Vec<u8>| [value[..24].to_vec(), value[value.len() - 24..].to_vec()];
        let needles = values.iter().map(ends).collect();
        Planted { bench, needles, new, words }
    }

    /// Counts the values in a process's memory.
    pub fn held_by(&self, process: u32) -> usize {
        let memory = memory(process);
        let has = |needle: &Vec<u8>| memory.iter().any(|region| memchr::memmem::find(region, needle).is_some());
        self.needles.iter().filter(|ends| ends.iter().any(has)).count()
    }
}

/// All writable memory of a process: heap, stacks, and whatever else could hold a copy.
pub fn memory(process: u32) -> Vec<Vec<u8>> {
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let region = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let [start, end] = [start, end].map(|number| u64::from_str_radix(number, 16).unwrap());
        if !rest.starts_with("rw") {
            return None;
        }
        let mut region = vec![0; (end - start) as usize];
        // A region that is gone by now, as while a program starts, contains nothing.
        memory.read_exact_at(&mut region, start).ok().map(|()| region)
    };
    maps.lines().filter_map(region).collect()
}

/// Runs this test program instead of the binary, so that the process is still there when the command is done.
fn values_left_after(planted: &Planted, line: &str, input: &[u8]) -> usize {
    let mut command = Command::new(std::env::current_exe().unwrap());
    planted.bench.as_user(&mut command).env(LINE, line).env("EDITOR", "sh -c 'echo EDITED=1 >> $0'");
    command.args(["--exact", "process_memory::no_value_is_left_in_memory_after_a_read_or_a_write", "--nocapture"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let lines: Vec<String> = lines.take_while(|line| line != "done").collect();
    assert!(!lines.iter().any(|line| line.contains("panicked")), "{line}: {lines:?}");
    let held = planted.held_by(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    held
}

fn run_and_stay(line: &OsStr) -> ! {
    let holds = (line == "hold").then(|| {
        let mut all = Vec::new();
        std::io::stdin().read_to_end(&mut all).unwrap();
        all
    });
    if holds.is_none() {
        let words = ["etui", "-y"].into_iter().chain(line.to_str().unwrap().split(' '));
        let (_, result) = Invocation::parse(words.map(Into::into)).run();
        result.map(drop).unwrap_or_else(|error| panic!("{error:?}"));
    }
    eprintln!("done");
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
        std::hint::black_box(&holds);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn no_value_is_left_in_memory_after_a_read_or_a_write() {
    if let Some(line) = std::env::var_os(LINE) {
        run_and_stay(&line);
    }
    let planted = Planted::new();
    let all = planted.bench.etui(["resolve", "--format", "null"]).ok().out;
    // Three sections apply, and there are earlier values, also of shadowed secrets.
    assert_eq!(values_left_after(&planted, "hold", &all), 75, "the search finds values in memory");
    let mut found = Vec::new();
    for line in [
        "get NAME_0_0",
        "get NAME_0_3 -j",
        "resolve",
        "resolve --format null",
        "resolve -j",
        "explain",
        "list --all",
        "history NAME_3_1 -p web",
        "get NAME_3_2 --version 1 -p web",
        "audit --older-than 1d",
        "doctor",
        "trust",
        "member list",
        "edit -p web",
        "set NEW --file -",
        "set NEW",
        "secrets set project --id web --name NEW",
        "set NAME_3_1 --value other",
        "delete NAME_0_0 -g",
        "restore NAME_3_2 -p web",
        "rename NAME_1_3 RENAMED -c gpu",
        "move NAME_2_1 --to team",
        "import - --format dotenv -g",
        "project create more",
        "purge -p web",
        "member add ci age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9",
        "member remove ci",
        "key backup",
        "key restore --output restored.key",
        "key rotate",
    ] {
        let import = format!("IMPORTED={}\n", planted.new).into_bytes();
        let input = if line.starts_with("key restore") { &planted.words } else { &import };
        let held = values_left_after(&planted, line, input);
        if held > 0 {
            found.push(format!("{held} after {line}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
