//! What an environment is read from, and how much of it.

use std::path::PathBuf;

use clap::Args;

use super::ContextScope;
use crate::commands::App;
use crate::report::Error;
use crate::session::environment::Environment;

// The options of an environment.
#[derive(Debug, Default, Args)]
pub struct EnvironmentOptions {
    /// Use these names only
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    pub only: Vec<String>,
    /// Leave these names out
    #[arg(long, value_delimiter = ',', value_name = "NAME,…", conflicts_with = "only")]
    pub except: Vec<String>,
    /// Use the variables of this dotenv file instead, with each secret:NAME replaced
    #[arg(long, value_name = "FILE", conflicts_with_all = ["spec", "job"])]
    pub env_file: Option<PathBuf>,
    /// Use the variables of this YAML file instead: a deployment's env, a map, or a workflow's job
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    /// Choose the job of the workflow in --spec
    #[arg(long, value_name = "NAME", requires = "spec")]
    pub job: Option<String>,
    #[command(flatten)]
    pub scope: ContextScope,
}

impl App {
    /// Reads the environment that the options describe.
    pub fn environment(&self, options: EnvironmentOptions) -> Result<Environment, Error> {
        let EnvironmentOptions { only, env_file, spec, job, scope, except: _ } = options;
        let listed = match (env_file, spec) {
            (Some(path), _) => Some(self.listed(&path, None)?),
            (None, Some(path)) => Some(self.listed(&path, Some(job.as_deref()))?),
            (None, None) => None,
        };
        self.session.environment(&scope.parse()?, listed, only)
    }
}
