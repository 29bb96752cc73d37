use std::time::Duration;

use linli_wire::{FrameError, limits::FRAME_BYTES_MAX};
use tokio::time::timeout;

use super::*;
use crate::{
    Options, Transport,
    connection::{HalfError, SendHalf},
    fixture::{SHORT, frame, impatient, linked_over, within},
};

/// A receiver, the bare stream that feeds it, and what keeps that end open.
async fn fed(over: Transport, options: Options) -> (LinkReceiver, SendHalf, impl Sized) {
    let (dialled, accepted) = linked_over(over, options).await;
    let (halves, send, receive) = dialled.into_streams();
    let (sender, receiver) = accepted.split();
    (receiver, send, (halves, receive, sender))
}

#[tokio::test]
async fn frames_arrive_whole_however_they_are_cut_up() {
    for over in Transport::ALL {
        let frames = [frame(Lane::Bulk, vec![7; 300]), frame(Lane::Control, []), frame(Lane::Trust, *b"x")];
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
        let (mut receiver, mut send, _open) = fed(over, Options::default()).await;
        let feeding = async {
            for piece in bytes.chunks(3) {
                send.write_all(piece).await.expect("the link is open");
                tokio::task::yield_now().await;
            }
            send.finish().expect("the stream is open");
        };
        let reading = async {
            for expected in &frames {
                assert_eq!(receiver.recv().await.expect("the link is good").as_ref(), Some(expected));
            }
            assert_eq!(receiver.recv().await.expect("a clean end"), None);
            assert_eq!(receiver.recv().await.expect("still the end"), None);
        };
        within(async { tokio::join!(feeding, reading) }).await;
        assert_eq!(receiver.handle().bytes_received(), bytes.len() as u64);
    }
}

#[tokio::test]
async fn a_recv_that_is_dropped_loses_nothing() {
    for over in Transport::ALL {
        let frames = [frame(Lane::Recent, vec![3; 40]), frame(Lane::Recent, vec![4; 40])];
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
        let (mut receiver, mut send, _open) = fed(over, Options::default()).await;
        let mut whole = Vec::new();
        for byte in bytes {
            send.write_all(&[byte]).await.expect("the link is open");
            if let Ok(frame) = timeout(Duration::from_millis(2), receiver.recv()).await {
                whole.extend(frame.expect("the link is good"));
            }
        }
        while whole.len() < frames.len() {
            whole.extend(within(receiver.recv()).await.expect("the link is good"));
        }
        assert_eq!(whole, frames);
    }
}

#[tokio::test]
async fn a_frame_over_the_limit_ends_the_link_before_memory_is_taken_for_it() {
    for over in Transport::ALL {
        for len in [FRAME_BYTES_MAX + 1, u32::MAX as usize - 1] {
            let (mut receiver, mut send, open) = fed(over, Options::default()).await;
            let [a, b, c, d] = (len as u32 + 1).to_be_bytes();
            send.write_all(&[a, b, c, d, Lane::Bulk.code()]).await.expect("the link is open");
            let error = within(receiver.recv()).await.expect_err("it is too large");
            assert!(
                matches!(error, NetError::Frame { source: FrameError::TooLarge(told), .. } if told == len),
                "{error:?}"
            );
            assert!(receiver.body.is_none());
            assert!(within(receiver.recv()).await.is_err(), "the link stays ended");
            let end = within(send.delivered()).await.expect_err("the connection is closed");
            assert!(matches!(end, HalfError::Ended(_)), "{end:?}");
            drop(open);
        }
    }
}

#[tokio::test]
async fn a_frame_of_exactly_the_limit_arrives() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        let (sender, mut receiver) = (dialled.split().0, accepted.split().1);
        let largest = frame(Lane::Bulk, vec![9; FRAME_BYTES_MAX]);
        sender.send(largest.clone()).await.expect("it is within the limit");
        assert_eq!(within(receiver.recv()).await.expect("the link is good"), Some(largest));
        let larger = frame(Lane::Bulk, vec![9; FRAME_BYTES_MAX + 1]);
        assert!(matches!(sender.send(larger).await, Err(NetError::Unsendable { .. })));
    }
}

#[tokio::test]
async fn a_promised_frame_takes_no_more_memory_than_what_came_of_it_warrants() {
    for over in Transport::ALL {
        let (mut receiver, mut send, _open) = fed(over, Options::default()).await;
        let promised = frame(Lane::Bulk, vec![1; FRAME_BYTES_MAX]).encode();
        send.write_all(&promised[..1000]).await.expect("the link is open");
        while receiver.body.as_ref().is_none_or(|body| body.bytes.len() < 995) {
            let _ = timeout(SHORT / 10, receiver.recv()).await;
        }
        let capacity = receiver.body.as_ref().map(|body| body.bytes.capacity());
        assert_eq!(capacity, Some(FRAME_RESERVE_BYTES));
    }
}

#[test]
fn memory_for_a_frame_never_exceeds_its_length() {
    for len in [FRAME_RESERVE_BYTES, FRAME_RESERVE_BYTES + 1, 5 * FRAME_RESERVE_BYTES / 2, FRAME_BYTES_MAX] {
        let bytes = Vec::with_capacity(len.min(FRAME_RESERVE_BYTES));
        let mut body = PartialBody { lane: Lane::Bulk, len, bytes };
        while body.bytes.len() < len {
            body.add(&[0; 1200][..1200.min(len - body.bytes.len())]);
            assert!(body.bytes.capacity() <= len);
        }
    }
}

#[tokio::test]
async fn an_unknown_lane_and_an_empty_frame_end_the_link() {
    for over in Transport::ALL {
        for (head, expected) in [([0, 0, 0, 2, 9], FrameError::Lane(9)), ([0, 0, 0, 0, 0], FrameError::Empty)]
        {
            let (mut receiver, mut send, _open) = fed(over, Options::default()).await;
            send.write_all(&head).await.expect("the link is open");
            let error = within(receiver.recv()).await.expect_err("it is no frame");
            assert!(matches!(error, NetError::Frame { source, .. } if source == expected), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_ends_within_a_frame_is_an_error_wherever_it_ends() {
    for over in Transport::ALL {
        let bytes = frame(Lane::Trust, *b"abc").encode();
        for cut in 1..bytes.len() {
            let (mut receiver, mut send, _open) = fed(over, Options::default()).await;
            send.write_all(&bytes[..cut]).await.expect("the link is open");
            send.finish().expect("the stream is open");
            let error = within(receiver.recv()).await;
            assert!(matches!(error, Err(NetError::Truncated { .. })), "cut at {cut}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_is_broken_off_is_an_error() {
    for over in Transport::ALL {
        let (mut receiver, mut send, _open) = fed(over, Options::default()).await;
        send.abandon();
        assert!(matches!(within(receiver.recv()).await, Err(NetError::Abandoned { .. })));
    }
}

#[tokio::test]
async fn a_peer_that_stalls_within_a_frame_is_given_up_even_if_recv_is_polled_in_bits() {
    for over in Transport::ALL {
        let (mut receiver, mut send, _open) = fed(over, impatient()).await;
        send.write_all(&frame(Lane::Trust, *b"abc").encode()[..6]).await.expect("the link is open");
        let error = within(async {
            loop {
                if let Ok(ended) = timeout(SHORT / 10, receiver.recv()).await {
                    return ended;
                }
            }
        })
        .await;
        assert!(matches!(error, Err(NetError::Stalled { waited: SHORT, .. })), "{error:?}");
    }
}

#[tokio::test]
async fn noise_is_an_error_and_nothing_worse() {
    for over in Transport::ALL {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..20 {
            let noise: Vec<u8> = std::iter::repeat_with(|| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state as u8
            })
            .take(64)
            .collect();
            let (mut receiver, mut send, _open) = fed(over, Options::default()).await;
            send.write_all(&noise).await.expect("the link is open");
            let _ = send.finish();
            let ended = within(async {
                loop {
                    match receiver.recv().await {
                        Ok(Some(_)) => {}
                        Ok(None) => return Ok(()),
                        Err(error) => return Err(error),
                    }
                }
            })
            .await;
            assert!(ended.is_err(), "64 bytes of this noise are no run of frames");
        }
    }
}
