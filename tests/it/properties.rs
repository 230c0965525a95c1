//! What must hold for every history and every list, tried on made-up ones. The cases are the same in every run; one that
//! fails is made as small as it can be and shown.

mod explain;
mod paging;
mod workflow;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// Tries so many values of a strategy. The test may panic; it must stand being repeated, with smaller values, on the
/// same server.
fn hold<S: Strategy>(cases: u32, strategy: &S, test: impl AsyncFn(S::Value)) {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 64,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[23; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let one = |value| {
        Handle::current().block_on(test(value));
        Ok(())
    };
    if let Err(fault) = block_in_place(|| runner.run(strategy, one)) {
        panic!("{fault}");
    }
}
