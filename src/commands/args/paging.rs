//! `--limit`, `--after`, `--asc` and `--desc`: a page of a list.

use clap::Args;

use crate::ops::list::{Order, Paging};

// The options of a list that comes page by page.
#[derive(Debug, Clone, Default, Args)]
pub struct PagingOptions {
    /// List at most this many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// List the next page, after the cursor that the page before it printed
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// List the smallest or oldest first
    #[arg(long, conflicts_with = "desc")]
    asc: bool,
    /// List the largest or newest first
    #[arg(long)]
    desc: bool,
}

impl PagingOptions {
    /// Returns the page that the options name. `newest_first` decides where neither `--asc` nor `--desc` does.
    pub fn read(self, order: Order, newest_first: bool) -> Paging {
        let PagingOptions { limit, after, asc, desc } = self;
        let is_descending = if newest_first { !asc } else { desc };
        Paging { order, is_descending, limit: limit.map(|limit| limit as usize), after }
    }
}
