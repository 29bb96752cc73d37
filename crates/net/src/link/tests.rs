use linli_wire::{Frame, Lane};

use super::*;
use crate::{
    Options, TransportError,
    fixture::{
        Relay, SHORT, accept, acceptor, bind, dialler, frame, impatient, linked_over, linked_through, within,
    },
    limits::{IDLE_TIMEOUT, QUEUE_BYTES_MAX, REASON_CHARS_MAX},
};

async fn read_to_end(receiver: &mut LinkReceiver) -> Result<Vec<Frame>, NetError> {
    let mut frames = Vec::new();
    while let Some(frame) = receiver.recv().await? {
        frames.push(frame);
    }
    Ok(frames)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exchange_ends_well_at_both_ends_whoever_leaves_first() {
    for over in Transport::ALL {
        for _ in 0..20 {
            let (dialled, accepted) = linked_over(over, Options::default()).await;
            let ends = [dialled, accepted].map(|link| async {
                let (sender, mut receiver) = link.split();
                sender.send(frame(Lane::Control, *b"hello")).await?;
                sender.send(frame(Lane::Bulk, vec![1; 100_000])).await?;
                let (finished, read) = tokio::join!(sender.finish(), read_to_end(&mut receiver));
                finished?;
                read
            });
            let [near, far] = ends;
            let (near, far) = within(async { tokio::join!(near, far) }).await;
            let expected = [frame(Lane::Control, *b"hello"), frame(Lane::Bulk, vec![1; 100_000])];
            assert_eq!(near.expect("a clean end"), expected);
            assert_eq!(far.expect("a clean end"), expected);
        }
    }
}

#[tokio::test]
async fn what_was_finished_can_be_read_after_the_peer_has_left() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        let (sender, receiver) = dialled.split();
        sender.send(frame(Lane::Recent, vec![2; 50_000])).await.expect("the link is open");
        within(sender.finish()).await.expect("it is all delivered");
        drop((sender, receiver));
        tokio::time::sleep(SHORT / 3).await;
        let frames = within(read_to_end(&mut accepted.split().1)).await.expect("it all arrived");
        assert_eq!(frames, [frame(Lane::Recent, vec![2; 50_000])]);
    }
}

#[tokio::test]
async fn the_acceptor_may_speak_first() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        let ((sender, _), (_dialled_sender, mut receiver)) = (accepted.split(), dialled.split());
        sender.send(frame(Lane::Control, *b"welcome")).await.expect("the link is open");
        let first = within(receiver.recv()).await.expect("the link is good");
        assert_eq!(first, Some(frame(Lane::Control, *b"welcome")));
    }
}

#[tokio::test]
async fn urgent_frames_overtake_the_bulk_queued_before_them() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        let (sender, mut receiver) = (dialled.split().0, accepted.split().1);
        // More than the transport takes at once, so that most of it is still in the queue.
        for _ in 0..40 {
            sender.send(frame(Lane::Bulk, vec![0; 100_000])).await.expect("the link is open");
        }
        sender.send(frame(Lane::Trust, *b"revoked")).await.expect("the link is open");
        sender.send(frame(Lane::Control, *b"done")).await.expect("the link is open");
        let (finished, frames) =
            within(async { tokio::join!(sender.finish(), read_to_end(&mut receiver)) }).await;
        finished.expect("it is all delivered");
        let lanes: Vec<Lane> = frames.expect("a clean end").iter().map(|frame| frame.lane).collect();
        assert_eq!(lanes.len(), 42);
        let place = |lane| lanes.iter().position(|other| *other == lane).expect("it arrived");
        assert!(place(Lane::Control) < place(Lane::Trust), "the most urgent first");
        assert!(place(Lane::Trust) < 20, "trust came in place {}", place(Lane::Trust));
    }
}

#[tokio::test]
async fn a_request_is_one_frame_and_its_answers() {
    let (near, far) = (bind(&dialler(), Options::default()), bind(&acceptor(), Options::default()));
    let client = async {
        let link = near.connect(far.local_addr(), acceptor().device(), Protocol::Request).await?;
        let (sender, mut receiver) = link.split();
        sender.send(frame(Lane::Control, *b"secret")).await?;
        sender.finish().await?;
        read_to_end(&mut receiver).await
    };
    let server = async {
        let link = accept(&far).await?;
        assert_eq!(link.protocol(), Protocol::Request);
        let (sender, mut receiver) = link.split();
        let request = receiver.recv().await?.expect("a request");
        sender.send(frame(Lane::Trust, [&b"grant for "[..], &request.body].concat())).await?;
        sender.send(frame(Lane::Trust, *b"realm log")).await?;
        sender.finish().await
    };
    let (answers, finished) = within(async { tokio::join!(client, server) }).await;
    finished.expect("the server finished");
    let expected = [frame(Lane::Trust, *b"grant for secret"), frame(Lane::Trust, *b"realm log")];
    assert_eq!(answers.expect("a clean end"), expected);
}

#[tokio::test]
async fn bytes_are_counted_alike_at_both_ends() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        let handles = (dialled.handle(), accepted.handle());
        let (sender, mut receiver) = (dialled.split().0, accepted.split().1);
        sender.send(frame(Lane::Bulk, vec![0; 10_000])).await.expect("the link is open");
        sender.send(frame(Lane::Bulk, [])).await.expect("the link is open");
        within(sender.finish()).await.expect("it is all delivered");
        within(read_to_end(&mut receiver)).await.expect("a clean end");
        assert_eq!((handles.0.bytes_sent(), handles.1.bytes_received()), (10_010, 10_010));
        assert_eq!((handles.0.bytes_received(), handles.1.bytes_sent()), (0, 0));
        assert!(handles.0.transport_bytes_sent() > 10_010);
    }
}

#[tokio::test]
async fn a_peer_that_falls_silent_is_given_up_in_time() {
    let (near, far) = (bind(&dialler(), impatient()), bind(&acceptor(), impatient()));
    let relay = Relay::to(far.local_addr()).await;
    let (dialled, accepted) = linked_through(&near, &far, relay.address).await;
    // Keep-alives hold a quiet link open past its idle timeout …
    tokio::time::sleep(SHORT * 3).await;
    let ((sender, mut receiver), (_far_sender, mut far_receiver)) = (dialled.split(), accepted.split());
    sender.send(frame(Lane::Control, *b"still here")).await.expect("the link is open");
    assert!(within(far_receiver.recv()).await.expect("the link is good").is_some());
    // … and their absence ends it at both ends.
    relay.fall_silent();
    for receiver in [&mut receiver, &mut far_receiver] {
        let error = within(receiver.recv()).await;
        assert!(
            matches!(
                error,
                Err(NetError::Lost { source: TransportError::Quic(quinn::ConnectionError::TimedOut), .. })
            ),
            "{error:?}"
        );
    }
    assert!(within(sender.finish()).await.is_err());
    assert!(sender.send(frame(Lane::Control, [])).await.is_err());
}

#[tokio::test]
async fn a_peer_that_reads_nothing_is_given_up_in_time() {
    for over in Transport::ALL {
        let (dialled, _accepted) = linked_over(over, impatient()).await;
        let (sender, _receiver) = dialled.split();
        let mut bytes = 0;
        let error = within(async {
            loop {
                match sender.send(frame(Lane::Bulk, vec![0; 1 << 20])).await {
                    Ok(()) => bytes += 1 << 20,
                    Err(error) => return error,
                }
            }
        })
        .await;
        assert!(matches!(error, NetError::Stalled { .. }), "{error:?}");
        assert!(bytes < 2 * QUEUE_BYTES_MAX, "{bytes} bytes were taken in for a peer that reads nothing");
    }
}

#[tokio::test]
async fn a_sender_dropped_without_finishing_is_no_clean_end() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        let (sender, _dialled_receiver) = dialled.split();
        let (_accepted_sender, mut receiver) = accepted.split();
        drop(sender);
        assert!(matches!(within(receiver.recv()).await, Err(NetError::Abandoned { .. })));
    }
}

#[tokio::test]
async fn a_link_dropped_before_its_end_is_an_error_at_the_peer() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        let (sender, mut receiver) = accepted.split();
        drop(dialled);
        assert!(matches!(within(receiver.recv()).await, Err(NetError::Abandoned { .. })));
        assert!(within(sender.finish()).await.is_err());
    }
}

#[tokio::test]
async fn a_handle_does_not_keep_a_link_open() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        let (near, far) = (dialled.handle(), accepted.handle());
        drop(dialled);
        assert!(matches!(within(near.closed()).await, NetError::Closed { .. }));
        assert!(matches!(within(far.closed()).await, NetError::Abandoned { .. }));
    }
}

#[tokio::test]
async fn a_closed_link_hands_out_nothing_more_and_the_peer_learns_why() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        let handle = accepted.handle();
        let ((sender, mut dialled_receiver), (_sender, mut receiver)) = (dialled.split(), accepted.split());
        sender.send(frame(Lane::Control, *b"one more")).await.expect("the link is open");
        tokio::time::sleep(SHORT / 3).await;
        handle.close("this device was revoked");
        let here = within(receiver.recv()).await;
        assert!(matches!(here, Err(NetError::Closed { .. })), "what arrived is not handed out: {here:?}");
        let there = within(dialled_receiver.recv()).await;
        assert!(
            matches!(&there, Err(NetError::ClosedByPeer { reason, .. }) if reason == "this device was revoked"),
            "{there:?}"
        );
    }
}

#[tokio::test]
async fn a_peers_reason_cannot_reach_the_terminal_or_grow_without_bound() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        dialled.close(&format!("\u{1b}[2J\r\n{}", "长".repeat(2000)));
        let NetError::ClosedByPeer { reason, .. } = within(accepted.handle().closed()).await else {
            panic!("the dialler closed it");
        };
        assert!(reason.starts_with("[2J长"), "{reason}");
        assert_eq!(reason.chars().count(), REASON_CHARS_MAX);
    }
}

#[tokio::test]
async fn a_cut_link_is_an_error_at_both_ends_and_not_a_hang() {
    for over in Transport::ALL {
        for cut_receiver in [true, false] {
            let (dialled, accepted) = linked_over(over, Options::default()).await;
            let cut = if cut_receiver { accepted.handle() } else { dialled.handle() };
            if cut_receiver {
                cut.cut_after_received(12_345);
            } else {
                cut.cut_after_sent(12_345);
            }
            let (sender, mut receiver) = (dialled.split().0, accepted.split().1);
            for _ in 0..10 {
                // More than the peer has room for, so that not all of it can be there. The last of them may come
                // after the cut.
                let _ = sender.send(frame(Lane::Bulk, vec![0; 200_000])).await;
            }
            let (finished, read) =
                within(async { tokio::join!(sender.finish(), read_to_end(&mut receiver)) }).await;
            let (here, there) = (finished.expect_err("it was cut"), read.expect_err("it was cut"));
            let (cutting, cut_off) = if cut_receiver { (there, here) } else { (here, there) };
            assert!(matches!(cutting, NetError::Cut { bytes: 12_345, .. }), "{cutting:?}");
            assert!(matches!(cut_off, NetError::Lost { .. }), "{cut_off:?}");
            let counted = if cut_receiver { cut.bytes_received() } else { cut.bytes_sent() };
            assert_eq!(counted, 12_345);
        }
    }
}

#[tokio::test]
async fn a_cut_that_is_already_due_happens_at_once() {
    for over in Transport::ALL {
        let (dialled, accepted) = linked_over(over, Options::default()).await;
        dialled.handle().cut_after_sent(0);
        assert!(matches!(within(dialled.handle().closed()).await, NetError::Cut { bytes: 0, .. }));
        assert!(within(accepted.split().1.recv()).await.is_err());
    }
}

#[test]
fn a_live_link_shows_itself_before_it_would_count_as_lost() {
    let options = Options::default();
    assert!(options.keep_alive_interval * 2 < IDLE_TIMEOUT);
    assert_eq!(options.idle_timeout, IDLE_TIMEOUT);
}
