//! The main task from start to end.

use crate::bench::Bench;

#[test]
fn a_projects_value_wins_over_the_clusters_and_the_teams() {
    let bench = Bench::linked();
    bench.piped("postgres://team\n", ["set", "DATABASE_URL", "-g"]).ok().says("created DATABASE_URL in team acme");
    bench.piped("postgres://gpu\n", ["set", "DATABASE_URL", "-c", "gpu"]).ok();
    bench.etui(["resolve"]).prints("DATABASE_URL=postgres://gpu\n");
    bench.piped("postgres://web\n", ["set", "DATABASE_URL"]).ok();
    bench.etui(["resolve"]).prints("DATABASE_URL=postgres://web\n");
    bench.etui(["run", "--", "sh", "-c", "echo $DATABASE_URL"]).prints("postgres://web\n");
    bench.etui(["resolve", "-p", "api"]).prints("DATABASE_URL=postgres://gpu\n");
    bench.etui(["resolve", "-g"]).prints("DATABASE_URL=postgres://team\n");
}
