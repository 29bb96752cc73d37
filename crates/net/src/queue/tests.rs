use std::time::Duration;

use linli_wire::{DeviceKey, limits::FRAME_BYTES_MAX};
use tokio::time::timeout;

use super::*;

const SOON: Duration = Duration::from_secs(5);
const NOT_YET: Duration = Duration::from_millis(20);

fn frame(lane: Lane, len: usize) -> Frame {
    Frame { lane, body: vec![0; len] }
}

fn closed() -> NetError {
    NetError::Closed { peer: DeviceKey([0; 32]) }
}

#[tokio::test]
async fn urgent_frames_leave_first_and_lanes_keep_their_order() {
    let queue = LaneQueue::default();
    for (lane, len) in
        [(Lane::Bulk, 1), (Lane::Bulk, 2), (Lane::Recent, 3), (Lane::Control, 4), (Lane::Trust, 5)]
    {
        queue.push(frame(lane, len), closed).await.expect("there is room");
    }
    let mut left = Vec::new();
    for _ in 0..5 {
        let Next::Write(frame) = queue.next().await else { panic!("five frames were left") };
        left.push((frame.lane, frame.body.len()));
    }
    let expected =
        [(Lane::Control, 4), (Lane::Trust, 5), (Lane::Recent, 3), (Lane::Bulk, 1), (Lane::Bulk, 2)];
    assert_eq!(left, expected);
}

#[tokio::test]
async fn a_full_lane_waits_while_the_others_go_on() {
    let queue = LaneQueue::default();
    let mut bytes = 0;
    while bytes < QUEUE_BYTES_MAX {
        queue.push(frame(Lane::Bulk, FRAME_BYTES_MAX), closed).await.expect("there is room");
        bytes += FRAME_HEAD_BYTES + FRAME_BYTES_MAX;
    }
    assert!(timeout(NOT_YET, queue.push(frame(Lane::Bulk, 1), closed)).await.is_err());
    timeout(SOON, queue.push(frame(Lane::Control, 1), closed)).await.expect("its own room").expect("open");
    let waiting = queue.push(frame(Lane::Bulk, 1), closed);
    let writer = async {
        assert_eq!(queue.next().await, Next::Write(frame(Lane::Control, 1)));
        assert_eq!(queue.next().await, Next::Write(frame(Lane::Bulk, FRAME_BYTES_MAX)));
    };
    let (pushed, ()) = timeout(SOON, async { tokio::join!(waiting, writer) }).await.expect("room was made");
    pushed.expect("open");
}

#[tokio::test]
async fn even_empty_frames_fill_a_lane() {
    let queue = LaneQueue::default();
    let fits = QUEUE_BYTES_MAX.div_ceil(FRAME_HEAD_BYTES);
    for _ in 0..fits {
        queue.push(frame(Lane::Trust, 0), closed).await.expect("there is room");
    }
    assert!(timeout(NOT_YET, queue.push(frame(Lane::Trust, 0), closed)).await.is_err());
}

#[tokio::test]
async fn finishing_lets_what_is_queued_go_and_nothing_more_in() {
    let queue = LaneQueue::default();
    queue.push(frame(Lane::Bulk, 1), closed).await.expect("there is room");
    let writer = async {
        assert_eq!(queue.next().await, Next::Write(frame(Lane::Bulk, 1)));
        assert_eq!(queue.next().await, Next::Finish);
        queue.end(Ok(()));
    };
    let (finished, ()) =
        timeout(SOON, async { tokio::join!(queue.finish(), writer) }).await.expect("the writer ended");
    finished.expect("the writer ended well");
    assert!(matches!(queue.push(frame(Lane::Bulk, 1), closed).await, Err(NetError::Closed { .. })));
    queue.finish().await.expect("finishing again tells the same");
}

#[tokio::test]
async fn a_writer_that_failed_wakes_everyone_who_waits() {
    let queue = LaneQueue::default();
    while timeout(NOT_YET, queue.push(frame(Lane::Bulk, FRAME_BYTES_MAX), closed)).await.is_ok() {}
    let failing = async { queue.end(Err(closed())) };
    let waiting = queue.push(frame(Lane::Bulk, 1), closed);
    let (pushed, ()) = timeout(SOON, async { tokio::join!(waiting, failing) }).await.expect("woken");
    assert!(matches!(pushed, Err(NetError::Closed { .. })));
    assert!(queue.finish().await.is_err());
}

#[tokio::test]
async fn an_abandoned_queue_sends_nothing_more() {
    let queue = LaneQueue::default();
    queue.push(frame(Lane::Bulk, 1), closed).await.expect("there is room");
    queue.abandon();
    assert_eq!(queue.next().await, Next::Abandon);
}
