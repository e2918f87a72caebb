//! The options that many commands take: those of all, and those that say where.

use clap::Args;

// The section that a command works on: one of these, or the linked project.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Section")]
pub struct SectionScope {
    /// The project
    #[arg(short, long, alias = "project-id", value_name = "ID")]
    pub project: Option<String>,
    /// The cluster
    #[arg(short, long, alias = "cluster-id", value_name = "ID", conflicts_with = "project")]
    pub cluster: Option<String>,
    /// The team itself
    #[arg(short, long, conflicts_with_all = ["project", "cluster"])]
    pub global: bool,
}

// The context that a command works on: what these say, or the link, or the team alone.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Context")]
pub struct ContextScope {
    /// The project
    #[arg(short, long, alias = "project-id", value_name = "ID")]
    pub project: Option<String>,
    /// The cluster
    #[arg(short, long, alias = "cluster-id", value_name = "ID")]
    pub cluster: Option<String>,
    /// The team alone
    #[arg(short, long, conflicts_with_all = ["project", "cluster"])]
    pub global: bool,
}
