//! What a node that serves does while nothing else is to be done: it repacks the small segments that syncs
//! leave.

use std::time::Duration;

use crate::{
    error::{NodeError, chain},
    node::Node,
};

/// A node to which nothing was added for so long has time. In an office that is every night, at least.
pub(crate) const QUIET: Duration = Duration::from_mins(5);
/// A log is repacked once it has so many segments that were not: fewer cost less than packing them again.
const SEGMENTS_MIN: u64 = 16;

/// Repacks whenever the node has been quiet for so long, once each time.
pub(crate) async fn keep(node: Node, quiet: Duration) {
    let mut changes = node.changes();
    loop {
        match tokio::time::timeout(quiet, changes.changed()).await {
            Ok(Ok(())) => continue,
            Ok(Err(_)) => return,
            Err(_) => {}
        }
        if let Err(error) = repack(&node) {
            tracing::error!(error = %chain(&error), "segments cannot be repacked");
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Repacks log by log, so that whoever comes meanwhile waits for one of them at most.
fn repack(node: &Node) -> Result<(), NodeError> {
    for log in node.with(|r| r.repack_due(SEGMENTS_MIN))? {
        node.with(|r| r.repack_log(log))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixture::{COMMUNITY, Chain, card, cards, digests, space, within, write},
        sync_with,
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn a_hub_that_is_quiet_merges_what_many_syncs_left() {
        let chain = within(Chain::start()).await;
        let clerk = within(chain.clerk("clerk", COMMUNITY)).await;
        for n in 0..=SEGMENTS_MIN {
            write(&clerk, COMMUNITY, &[card(1, &n.to_string())]);
            within(sync_with(&clerk, &chain.street.parent())).await.expect("served");
        }
        let street = &chain.street.node;
        let records = space(COMMUNITY, linli_wire::Channel::Records);
        let segments = || street.with(|r| r.segments(&records)).expect("segments").len() as u64;
        // Receipts of the hubs above may still come; the records are what was merged.
        let before = (cards(street), digests(street).remove(&records));
        assert!(segments() > SEGMENTS_MIN);
        let keeping = tokio::spawn(keep(street.clone(), Duration::from_millis(50)));
        within(async {
            while segments() > SEGMENTS_MIN {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        keeping.abort();
        assert_eq!((cards(street), digests(street).remove(&records)), before);
        street.with(|r| r.verify_segments()).expect("sound");
    }
}
