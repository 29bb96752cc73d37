//! How fast a device sends: one allowance for all its links together.

use std::{
    num::NonZeroU64,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// The least rate that may be asked for, in bytes per second: slower, and no frame would ever be whole
/// within a peer's patience.
pub const RATE_BYTES_MIN: u64 = 1024;
/// What was not sent for this long is not made up for.
const BURST: Duration = Duration::from_millis(250);

/// A bucket of tokens, one a byte, that fills at the rate and holds those of a quarter of a second. Clones
/// share it, and the rate with it, which may change at any time.
#[derive(Debug, Clone)]
pub struct Pace {
    bucket: Arc<Mutex<Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    /// `None`: as fast as it goes.
    rate_bytes: Option<NonZeroU64>,
    /// When the bucket is or was empty: every byte that is taken moves it on.
    empty_at: Instant,
}

impl Pace {
    /// `rate_bytes` a second, at least [`RATE_BYTES_MIN`]; as fast as it goes without a rate.
    pub fn new(rate_bytes: Option<u64>) -> Self {
        let bucket = Bucket { rate_bytes: at_least(rate_bytes), empty_at: Instant::now() };
        Self { bucket: Arc::new(Mutex::new(bucket)) }
    }

    /// Every link of this pace keeps to this rate from now on.
    pub fn set_rate(&self, rate_bytes: Option<u64>) {
        let mut bucket = self.bucket.lock().expect("nothing panics while it holds the bucket");
        let rate_bytes = at_least(rate_bytes);
        if bucket.rate_bytes != rate_bytes {
            bucket.rate_bytes = rate_bytes;
            // Nobody waits any longer for what was taken at the former rate.
            bucket.empty_at = bucket.empty_at.min(Instant::now());
        }
    }

    /// Takes up to `wanted` bytes, at least one, and returns when that many may be sent.
    ///
    /// No more than a burst is taken at a time, so that links take turns and an urgent frame waits for
    /// little.
    pub(crate) async fn take(&self, wanted: usize) -> usize {
        let (count, at) = {
            let mut bucket = self.bucket.lock().expect("nothing panics while it holds the bucket");
            let Some(rate_bytes) = bucket.rate_bytes.map(NonZeroU64::get) else { return wanted };
            let burst = (u128::from(rate_bytes) * BURST.as_millis() / 1000).max(1) as usize;
            let count = wanted.min(burst);
            let now = Instant::now();
            let from = bucket.empty_at.max(now.checked_sub(BURST).unwrap_or(now));
            let nanos = (count as u128 * 1_000_000_000).div_ceil(u128::from(rate_bytes));
            bucket.empty_at = from + Duration::from_nanos(nanos as u64);
            (count, bucket.empty_at)
        };
        sleep_until(at).await;
        count
    }
}

fn at_least(rate_bytes: Option<u64>) -> Option<NonZeroU64> {
    rate_bytes.and_then(|rate| NonZeroU64::new(rate.max(RATE_BYTES_MIN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes, and returns how long that took.
    async fn taking(pace: &Pace, bytes: usize) -> Duration {
        let began = Instant::now();
        let mut left = bytes;
        while left > 0 {
            left -= pace.take(left).await;
        }
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_goes_than_the_rate_allows() {
        for rate in [RATE_BYTES_MIN, 50_000, 10_000_000] {
            let pace = Pace::new(Some(rate));
            let took = taking(&pace, rate as usize * 10).await;
            assert!((Duration::from_secs(10)..Duration::from_millis(10_100)).contains(&took), "{took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_made_up_for_by_a_quarter_of_a_second_and_no_more() {
        let pace = Pace::new(Some(100_000));
        taking(&pace, 100_000).await;
        tokio::time::sleep(Duration::from_hours(1)).await;
        assert_eq!(taking(&pace, 25_000).await, Duration::ZERO);
        let took = taking(&pace, 100_000).await;
        assert!((Duration::from_secs(1)..Duration::from_millis(1_010)).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn links_share_one_rate_and_take_turns() {
        let pace = Pace::new(Some(100_000));
        let began = Instant::now();
        let shared = pace.clone();
        let (one, other) = tokio::join!(taking(&pace, 200_000), taking(&shared, 200_000));
        assert!(began.elapsed() >= Duration::from_secs(4));
        assert!(one.abs_diff(other) < Duration::from_secs(1), "{one:?} and {other:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_below_the_least_is_the_least() {
        let took = taking(&Pace::new(Some(1)), RATE_BYTES_MIN as usize).await;
        assert!(took <= Duration::from_millis(1_010), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_that_changes_is_kept_to_from_then_on() {
        let pace = Pace::new(None);
        assert_eq!(taking(&pace, 100_000_000).await, Duration::ZERO);
        pace.set_rate(Some(100_000));
        let took = taking(&pace, 1_000_000).await;
        assert!((Duration::from_secs(9)..Duration::from_millis(10_100)).contains(&took), "{took:?}");
        pace.set_rate(None);
        assert_eq!(taking(&pace, 100_000_000).await, Duration::ZERO);
    }
}
