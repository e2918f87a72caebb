//! Round trips through real consumers: a consumer of a format reads each value exactly, or the value was
//! refused, or a warning names the consumer.
//!
//! `.ci/readers` installs the consumers that Debian does not have.

mod check;
mod corpus;
mod known_vault;
mod programs;

use etui::formats::{Dialect, Format};

use check::check_round_trip;
use known_vault::KnownVault;
use programs::*;

#[test]
fn dotenvy_reads_dotenv_and_its_own_dialect() {
    check_round_trip(&Dotenvy, Format::Dotenv, None);
    check_round_trip(&Dotenvy, Format::Dotenv, Some(Dialect::Compose));
}

fn shell(programs: [Program; 2]) {
    for program in programs {
        check_round_trip(&program, Format::Shell, None);
        check_round_trip(&program, Format::Dotenv, None);
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
    check_round_trip(&FISH_SOURCE, Format::Fish, None);
}

#[test]
#[ignore = "needs npm's dotenv"]
fn npm_dotenv_reads_dotenv_and_its_own_dialect() {
    check_round_trip(&NPM_DOTENV, Format::Dotenv, None);
    check_round_trip(&NPM_DOTENV, Format::Dotenv, Some(Dialect::Node));
}

#[test]
#[ignore = "needs npm's dotenv-expand"]
fn dotenv_expand_reads_dotenv_and_runs_nothing() {
    check_round_trip(&DOTENV_EXPAND, Format::Dotenv, None);
}

#[test]
#[ignore = "needs node"]
fn node_reads_dotenv_and_its_own_dialect() {
    check_round_trip(&NODE, Format::Dotenv, None);
    check_round_trip(&NODE, Format::Dotenv, Some(Dialect::Node));
}

#[test]
#[ignore = "needs python-dotenv"]
fn python_dotenv_reads_dotenv_and_its_own_dialect() {
    check_round_trip(&PYTHON_DOTENV, Format::Dotenv, None);
    check_round_trip(&PYTHON_DOTENV, Format::Dotenv, Some(Dialect::Python));
}

#[test]
#[ignore = "needs Ruby's dotenv"]
fn ruby_dotenv_reads_dotenv() {
    check_round_trip(&RUBY_DOTENV, Format::Dotenv, None);
}

#[test]
#[ignore = "needs direnv"]
fn direnv_reads_dotenv() {
    check_round_trip(&DIRENV, Format::Dotenv, None);
}

#[test]
#[ignore = "needs libsystemd-shared"]
fn systemd_reads_systemd_and_dotenv() {
    check_round_trip(&SYSTEMD, Format::Systemd, None);
    check_round_trip(&SYSTEMD, Format::Dotenv, None);
}

#[test]
#[ignore = "needs docker's command"]
fn docker_reads_docker() {
    check_round_trip(&DOCKER, Format::Docker, None);
}

#[test]
#[ignore = "needs python3"]
fn python_reads_json() {
    check_round_trip(&PYTHON_JSON, Format::Json, None);
}

#[test]
#[ignore = "needs PyYAML, ruamel.yaml, js-yaml and psych"]
fn four_parsers_read_yaml() {
    for program in [PYYAML, RUAMEL, JS_YAML, PSYCH] {
        check_round_trip(&program, Format::Yaml, None);
    }
}

#[test]
#[ignore = "needs PyYAML"]
fn a_kubernetes_secret_holds_the_values() {
    check_round_trip(&KUBERNETES, Format::K8s, None);
}

#[test]
#[ignore = "needs xargs"]
fn xargs_reads_null() {
    check_round_trip(&XARGS_0, Format::Null, None);
}

#[test]
fn dotenvy_reads_the_output_of_the_program() {
    let vault = KnownVault::new();
    vault.check_round_trip(&Dotenvy, Format::Dotenv, None);
    vault.check_round_trip(&Dotenvy, Format::Dotenv, Some(Dialect::Compose));
}

#[test]
#[ignore = "needs all the consumers"]
fn all_consumers_read_the_output_of_the_program() {
    let vault = KnownVault::new();
    for program in BASH.iter().chain(&DASH).chain(&ZSH) {
        vault.check_round_trip(program, Format::Shell, None);
        vault.check_round_trip(program, Format::Dotenv, None);
    }
    for program in [NPM_DOTENV, DOTENV_EXPAND, NODE, PYTHON_DOTENV, RUBY_DOTENV, DIRENV, SYSTEMD] {
        vault.check_round_trip(&program, Format::Dotenv, None);
    }
    for (program, dialect) in [(NPM_DOTENV, Dialect::Node), (NODE, Dialect::Node), (PYTHON_DOTENV, Dialect::Python)] {
        vault.check_round_trip(&program, Format::Dotenv, Some(dialect));
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
        vault.check_round_trip(&program, format, None);
    }
}
