//! What a release has: packages that name each other rightly, and places to fill in that are all listed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::{Bench, Outcome, bytes, names};
use crate::readme::{Laptop, first_transcript, matches};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What marks a place that waits for an address.
const MARK: &str = "to be filled in";

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap()
}

/// The files of a directory, and of those in it.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn every_place_to_fill_in_is_listed() {
    let mut files: Vec<PathBuf> = ["README.md", "Cargo.toml", "LICENSE"].map(repository).into();
    for directory in [".ci", ".github", "src"] {
        files.extend(files_below(&repository(directory)));
    }
    let is_marked = |path: &&PathBuf| String::from_utf8_lossy(&bytes(path)).to_lowercase().contains(MARK);
    let relative = |path: &PathBuf| path.strip_prefix(repository("")).unwrap().to_str().unwrap().to_owned();
    let marked: BTreeSet<String> = files.iter().filter(is_marked).map(relative).collect();

    let contributing = read(".github/CONTRIBUTING.md");
    let (_, table) = contributing.split_once("| place | what is missing |\n| --- | --- |\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with("| `"));
    let listed: BTreeSet<String> = rows.map(|row| row.split('`').nth(1).unwrap().to_owned()).collect();
    assert_eq!(marked, listed, "the files that say \"{MARK}\", and the table in CONTRIBUTING.md");
}

#[test]
fn what_installs_an_archive_knows_its_name() {
    let workflow = read(".github/workflows/release.yml");
    let targets = workflow.lines().filter_map(|line| line.trim().strip_prefix("- { target: ")?.split_once(','));
    let targets: BTreeSet<&str> = targets.map(|(target, _)| target).collect();
    assert_eq!(targets.len(), 4, "{targets:?}");
    assert!(workflow.contains("/etui-${{ needs.version.outputs.version }}-${{ matrix.target }}.tar.gz\n"));
    assert!(read(".ci/package").contains("\nname=etui-$version-$target\n"));
    assert!(read("README.md").contains("etui-VERSION-TARGET.tar.gz"));

    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let archive = "{ name }-{ version }-{ target }";
    assert_eq!(
        (binstall["pkg-url"].as_str(), binstall["bin-dir"].as_str()),
        (
            Some(&*format!("{{ repo }}/releases/download/v{{ version }}/{archive}.tar.gz")),
            Some(&*format!("{archive}/{{ bin }}"))
        )
    );

    let bench = Bench::new();
    let sums: Vec<_> = targets.iter().zip(1..).map(|(target, sum)| (format!("{sum:064}"), target)).collect();
    let line = |(sum, target): &(String, &&str)| format!("{sum}  etui-{VERSION}-{target}.tar.gz\n");
    fs::write(bench.work().join("SHA256SUMS"), sums.iter().map(line).collect::<String>()).unwrap();
    let script = repository(".ci/formula");
    let fill = |address: &str| bench.sh(&format!("'{}' {address} {VERSION} SHA256SUMS", script.display()));
    let formula = fill("https://git.example/etui").ok().says("");
    for (sum, target) in &sums {
        let archive = format!("https://git.example/etui/releases/download/v{VERSION}/etui-{VERSION}-{target}.tar.gz");
        let lines = format!("      url \"{archive}\"\n      sha256 \"{sum}\"\n");
        assert!(formula.text().contains(&lines), "{lines}{}", formula.text());
    }
    let code = formula.text().lines().filter(|line| !line.starts_with('#'));
    let left: Vec<&str> =
        code.filter(|line| ["REPOSITORY", "VERSION", "SHA256-"].iter().any(|name| line.contains(name))).collect();
    assert_eq!(left, [""; 0]);

    fs::write(bench.work().join("SHA256SUMS"), "").unwrap();
    let missing = format!(".ci/formula: SHA256SUMS has no checksum of etui-{VERSION}-aarch64-apple-darwin.tar.gz");
    fill("https://git.example/etui").fails(1, &missing);
}

/// The Debian package that `.ci/package` made.
fn debian_package() -> PathBuf {
    assert!(repository("target/packages").exists(), "run `.ci/package` first");
    let packages = names(repository("target/packages"));
    let debian: Vec<&String> = packages.iter().filter(|name| name.ends_with(".deb")).collect();
    assert_eq!(debian.len(), 1, "made by .ci/package: {packages:?}");
    assert!(debian[0].starts_with(&format!("etui_{VERSION}-1_")), "{}", debian[0]);
    repository("target/packages").join(debian[0])
}

#[test]
#[ignore = "needs .ci/package, dpkg and busybox-static"]
fn the_debian_package_is_all_that_the_first_transcript_needs() {
    let bench = Bench::new();
    let root = bench.work().join("root");
    let dpkg = |arguments: &[&Path]| Outcome::from(Command::new("dpkg-deb").args(arguments).output().unwrap()).ok();
    let package = debian_package();
    dpkg(&["--extract".as_ref(), &package, &root]);
    assert_eq!(dpkg(&["--field".as_ref(), &package, "Depends".as_ref()]).text().trim(), "");

    // Pages and completions are where Debian's man, bash, zsh and fish look for them.
    bench.etui(["man", "man1"]).ok();
    for section in ["man1", "man7"] {
        let there = names(root.join("usr/share/man").join(section));
        let pages: Vec<String> = names(bench.work().join(section)).iter().map(|page| format!("{page}.gz")).collect();
        assert_eq!(there, pages);
        for page in &pages {
            assert!(bytes(root.join("usr/share/man").join(section).join(page)).starts_with(b"\x1f\x8b"), "{page}");
        }
    }
    for (shell, path) in [
        ("bash", "usr/share/bash-completion/completions/etui"),
        ("zsh", "usr/share/zsh/vendor-completions/_etui"),
        ("fish", "usr/share/fish/vendor_completions.d/etui.fish"),
    ] {
        bench.etui(["completions", shell]).prints(&fs::read_to_string(root.join(path)).unwrap());
    }

    // Beside the package, the commands of the transcript and a shell.
    fs::create_dir(root.join("bin")).unwrap();
    let busybox = ["/usr/bin/busybox", "/bin/busybox"].map(Path::new).into_iter().find(|path| path.exists());
    fs::copy(busybox.expect("busybox-static"), root.join("bin/busybox")).unwrap();
    for program in ["sh", "cat", "rm"] {
        std::os::unix::fs::symlink("busybox", root.join("bin").join(program)).unwrap();
    }
    let mut laptop = Laptop::in_root(root);
    assert_eq!(laptop.types("etui --version", ""), format!("etui {VERSION}\n"));
    for step in first_transcript() {
        let printed = laptop.types(&step.command, &step.shown);
        assert!(matches(&printed, &step.shown), "$ {}\nprinted {printed}but README shows {}", step.command, step.shown);
    }
}

#[test]
#[ignore = "needs ruby"]
fn the_formula_is_ruby() {
    let formula = repository(".github/packaging/etui.rb");
    let mut ruby = Command::new("ruby");
    Outcome::from(ruby.arg("-c").arg(formula).output().unwrap()).prints("Syntax OK\n").says("");
}
