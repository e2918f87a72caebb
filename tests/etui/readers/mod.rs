//! Round trips by the real readers: whatever a format's readers give back is the value, or it was refused, or
//! a warning named them.
//!
//! `.ci/readers` installs those that Debian does not have.

mod corpus;
mod judge;
mod programs;
mod wired;

use etui::formats::{Format, Reader};

use judge::comes_back;
use programs::*;
use wired::Wired;

#[test]
fn dotenvy_reads_dotenv_and_its_own_form() {
    comes_back(&Dotenvy, Format::Dotenv, None);
    comes_back(&Dotenvy, Format::Dotenv, Some(Reader::Compose));
}

fn shell(programs: [Program; 2]) {
    for program in programs {
        comes_back(&program, Format::Shell, None);
        comes_back(&program, Format::Dotenv, None);
    }
}

#[test]
#[ignore = "needs bash"]
fn bash_reads_shell_and_dotenv() {
    shell(BASH);
}

#[test]
#[ignore = "needs dash"]
fn dash_reads_shell_and_dotenv() {
    shell(DASH);
}

#[test]
#[ignore = "needs zsh"]
fn zsh_reads_shell_and_dotenv() {
    shell(ZSH);
}

#[test]
#[ignore = "needs fish"]
fn fish_reads_fish() {
    comes_back(&FISH_SOURCE, Format::Fish, None);
}

#[test]
#[ignore = "needs npm's dotenv"]
fn npm_dotenv_reads_dotenv_and_its_own_form() {
    comes_back(&NPM_DOTENV, Format::Dotenv, None);
    comes_back(&NPM_DOTENV, Format::Dotenv, Some(Reader::Node));
}

#[test]
#[ignore = "needs npm's dotenv-expand"]
fn dotenv_expand_reads_dotenv_and_runs_nothing() {
    comes_back(&DOTENV_EXPAND, Format::Dotenv, None);
}

#[test]
#[ignore = "needs node"]
fn node_reads_dotenv_and_its_own_form() {
    comes_back(&NODE, Format::Dotenv, None);
    comes_back(&NODE, Format::Dotenv, Some(Reader::Node));
}

#[test]
#[ignore = "needs python-dotenv"]
fn python_dotenv_reads_dotenv_and_its_own_form() {
    comes_back(&PYTHON_DOTENV, Format::Dotenv, None);
    comes_back(&PYTHON_DOTENV, Format::Dotenv, Some(Reader::Python));
}

#[test]
#[ignore = "needs Ruby's dotenv"]
fn ruby_dotenv_reads_dotenv() {
    comes_back(&RUBY_DOTENV, Format::Dotenv, None);
}

#[test]
#[ignore = "needs direnv"]
fn direnv_reads_dotenv() {
    comes_back(&DIRENV, Format::Dotenv, None);
}

#[test]
#[ignore = "needs libsystemd-shared"]
fn systemd_reads_systemd_and_dotenv() {
    comes_back(&SYSTEMD, Format::Systemd, None);
    comes_back(&SYSTEMD, Format::Dotenv, None);
}

#[test]
#[ignore = "needs docker's command"]
fn docker_reads_docker() {
    comes_back(&DOCKER, Format::Docker, None);
}

#[test]
#[ignore = "needs python3"]
fn python_reads_json() {
    comes_back(&PYTHON_JSON, Format::Json, None);
}

#[test]
#[ignore = "needs PyYAML, ruamel.yaml, js-yaml and psych"]
fn four_parsers_read_yaml() {
    for program in [PYYAML, RUAMEL, JS_YAML, PSYCH] {
        comes_back(&program, Format::Yaml, None);
    }
}

#[test]
#[ignore = "needs PyYAML"]
fn a_kubernetes_secret_holds_the_values() {
    comes_back(&KUBERNETES, Format::K8s, None);
}

#[test]
#[ignore = "needs xargs"]
fn xargs_reads_null() {
    comes_back(&XARGS_0, Format::Null, None);
}

#[test]
fn dotenvy_reads_what_the_program_prints() {
    let wired = Wired::new();
    wired.comes_back(&Dotenvy, Format::Dotenv, None);
    wired.comes_back(&Dotenvy, Format::Dotenv, Some(Reader::Compose));
}

#[test]
#[ignore = "needs all the readers"]
fn all_readers_read_what_the_program_prints() {
    let wired = Wired::new();
    for program in BASH.iter().chain(&DASH).chain(&ZSH) {
        wired.comes_back(program, Format::Shell, None);
        wired.comes_back(program, Format::Dotenv, None);
    }
    for program in [NPM_DOTENV, DOTENV_EXPAND, NODE, PYTHON_DOTENV, RUBY_DOTENV, DIRENV, SYSTEMD] {
        wired.comes_back(&program, Format::Dotenv, None);
    }
    for (program, dialect) in [(NPM_DOTENV, Reader::Node), (NODE, Reader::Node), (PYTHON_DOTENV, Reader::Python)] {
        wired.comes_back(&program, Format::Dotenv, Some(dialect));
    }
    for (program, format) in [
        (FISH_SOURCE, Format::Fish),
        (DOCKER, Format::Docker),
        (SYSTEMD, Format::Systemd),
        (PYTHON_JSON, Format::Json),
        (PYYAML, Format::Yaml),
        (RUAMEL, Format::Yaml),
        (JS_YAML, Format::Yaml),
        (PSYCH, Format::Yaml),
        (KUBERNETES, Format::K8s),
        (XARGS_0, Format::Null),
    ] {
        wired.comes_back(&program, format, None);
    }
}
