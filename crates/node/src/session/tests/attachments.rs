//! What a session carries of attachments.

use linli_model::{Edit, Value, kind};
use linli_store::{
    DocumentEdits,
    attachments::{FileHash, hex},
};
use linli_sync::{Holdings as _, Kept};

use super::*;

fn photo(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// Attaches a file to a card, as `linli attach add` does.
fn attach(node: &Node, card: u16, bytes: &[u8]) -> FileHash {
    let hash = node.with(|r| r.attach(bytes.len() as u64, bytes)).expect("it fits");
    let key = format!("{card:032x}");
    let set = |field: &str, value: Value| Edit::item("attachments", &key, field, Some(value));
    let edits = vec![set("sha256", hex(&hash).into()), set("length", (bytes.len() as i64).into())];
    write(node, COMMUNITY, &[DocumentEdits { id: id(card), kind: &kind::HOUSEHOLD, edits }]);
    hash
}

fn read(node: &Node, hash: &FileHash) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    let take = |piece: &[u8]| {
        all.extend_from_slice(piece);
        Ok(())
    };
    node.with(|r| r.read_attachment(hash, take)).ok().map(|_| all)
}

#[tokio::test(flavor = "multi_thread")]
async fn hubs_fetch_what_is_small_and_devices_what_they_ask_for() {
    let chain = Chain::start().await;
    let (desk, other) = (chain.clerk("desk", COMMUNITY).await, chain.clerk("other", COMMUNITY).await);
    chain.street.node.with(|r| r.set_attachment_fetch(500_000)).expect("set");
    let (small, large) = (photo(400_000), photo(700_000));
    let (small_hash, large_hash) = (attach(&desk, 1, &small), attach(&desk, 2, &large));
    let hub = chain.street.parent();
    sync_with(&desk, &hub).await.expect("the hub serves");
    assert_eq!(read(&chain.street.node, &small_hash), Some(small.clone()), "before the device is gone");
    assert_eq!(read(&chain.street.node, &large_hash), None, "larger than the hub fetches unasked");

    sync_with(&other, &hub).await.expect("the hub serves");
    assert_eq!(read(&other, &small_hash), None, "a device fetches nothing unasked");
    for hash in [&small_hash, &large_hash] {
        other.with(|r| r.want_attachment(hash)).expect("noted");
    }
    let report = sync_with(&other, &hub).await.expect("the hub serves");
    assert_eq!((report.attachments, report.settled), (1, true), "the hub lacks the large one, and says so");
    assert_eq!(read(&other, &small_hash), Some(small));

    // A limit raised later is made good by the next link, though all else is equal.
    chain.street.node.with(|r| r.set_attachment_fetch(1_000_000)).expect("set");
    sync_with(&desk, &hub).await.expect("the hub serves");
    assert_eq!(read(&chain.street.node, &large_hash), Some(large.clone()));
    sync_with(&other, &hub).await.expect("the hub serves");
    assert_eq!(read(&other, &large_hash), Some(large));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_was_cut_goes_on_where_it_stopped() {
    let chain = Chain::start().await;
    let desk = chain.clerk("desk", COMMUNITY).await;
    let bytes = photo(600_000);
    chain.street.node.with(|r| r.set_attachment_fetch(0)).expect("set");
    let hash = attach(&desk, 1, &bytes);
    let hub = chain.street.parent();
    sync_with(&desk, &hub).await.expect("the hub serves");
    // The hub has a part of it, as after a link that broke.
    let file = linli_wire::Digest(hash);
    let kept = chain.street.node.with(|r| r.keep(&file, 0, &bytes[..250_001])).expect("kept");
    assert_eq!(kept, Kept::Part);
    chain.street.node.with(|r| r.want_attachment(&hash)).expect("noted");
    let report = sync_with(&desk, &hub).await.expect("the hub serves");
    assert_eq!(read(&chain.street.node, &hash), Some(bytes));
    assert!((349_999..400_000).contains(&report.bytes_sent), "{}", report.bytes_sent);
}
