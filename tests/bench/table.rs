//! The results as a Markdown table.

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::race::Timed;

#[derive(Default)]
pub struct Table {
    rows: String,
}

impl Table {
    /// A heading for the rows after it.
    pub fn section(&mut self, title: &str) {
        self.row(&[&format!("**{title}**"), "", "", "", "", "", ""]);
    }

    /// A program compared with another, and whether it keeps its budget, if any.
    pub fn ratio(&mut self, timed: &Timed, beside: &Timed, budget: Option<f64>) {
        let ratio = timed.median().as_secs_f64() / beside.median().as_secs_f64();
        let budget = budget.map_or(String::new(), |budget| verdict(ratio <= budget, format!("{budget:?}")));
        let (took, beside_took) = (ms(timed.median()), ms(beside.median()));
        let runs = timed.runs().to_string();
        self.row(&[timed.name, &took, beside.name, &beside_took, &format!("**{ratio:.2}**"), &budget, &runs]);
    }

    /// A program compared with another and some of a third, which it may take together.
    pub fn sum(&mut self, timed: &Timed, first: &Timed, second: &Timed, factor: f64) {
        let both = first.median() + second.median().mul_f64(factor);
        let name = format!("{} + {factor} × {}", first.name, second.name);
        let ratio = timed.median().as_secs_f64() / both.as_secs_f64();
        let (budget, runs) = (verdict(ratio <= 1.0, "1.0".to_owned()), timed.runs().to_string());
        self.row(&[timed.name, &ms(timed.median()), &name, &ms(both), &format!("**{ratio:.2}**"), &budget, &runs]);
    }

    /// A program's throughput in MB per second, compared with another's.
    pub fn rate(&mut self, timed: &Timed, beside: &Timed, size: u64, budget: f64) {
        let rate = |timed: &Timed| size as f64 / 1e6 / timed.median().as_secs_f64();
        let speed = |timed: &Timed| format!("{:.0} MB/s", rate(timed));
        let ratio = timed.median().as_secs_f64() / beside.median().as_secs_f64();
        let budget = verdict(rate(timed) >= budget, format!("{budget:.0} MB/s"));
        let (ratio, runs) = (format!("**{ratio:.2}**"), timed.runs().to_string());
        self.row(&[timed.name, &speed(timed), beside.name, &speed(beside), &ratio, &budget, &runs]);
    }

    /// The peak memory of a program, in KiB, compared with that of another.
    pub fn memory(&mut self, name: &str, peak: u64, beside: &str, beside_peak: u64, budget: u64) {
        let mib = |kib: u64| format!("{:.1} MiB", kib as f64 / 1024.0);
        let budget = verdict(peak <= budget, mib(budget));
        self.row(&[&format!("peak memory of {name}"), &mib(peak), beside, &mib(beside_peak), "", &budget, "5"]);
    }

    fn row(&mut self, cells: &[&str; 7]) {
        let _ = writeln!(self.rows, "| {} |", cells.join(" | "));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | median | beside | median | ratio | budget | runs |")?;
        writeln!(f, "| --- | ---: | --- | ---: | ---: | --- | ---: |")?;
        f.write_str(self.rows.trim_end())
    }
}

fn verdict(is_met: bool, budget: String) -> String {
    format!("{budget}, {}", if is_met { "met" } else { "**not met**" })
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
