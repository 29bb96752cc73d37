use bytes::BytesMut;
use linli_wire::Lane;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::{record::Record, *};
use crate::{
    Dial, NetError, Protocol, Transport,
    fixture::{SHORT, TcpRelay, accept, acceptor, bind, dialler, frame, impatient, within},
    limits::CODE_CLOSED,
};

/// A connection, and the bare stream that its peer would have.
fn bare(options: &Options) -> (TcpConnection, TcpSend, TcpReceive, DuplexStream) {
    let (ours, theirs) = duplex(4 << 20);
    let (connection, send, receive) = TcpConnection::start(ours, ([127, 0, 0, 1], 1).into(), options, ());
    (connection, send, receive, theirs)
}

async fn say(stream: &mut DuplexStream, records: &[Record]) {
    let mut bytes = Vec::new();
    for record in records {
        record.encode(&mut bytes);
    }
    stream.write_all(&bytes).await.expect("the other end is there");
}

/// The records that come until `enough`.
async fn hear(stream: &mut DuplexStream, enough: impl Fn(&[Record]) -> bool) -> Vec<Record> {
    let (mut bytes, mut records) = (BytesMut::new(), Vec::new());
    while !enough(&records) {
        match Record::take(&mut bytes).expect("records") {
            Some(record) => records.push(record),
            None => {
                assert_ne!(within(stream.read_buf(&mut bytes)).await.expect("a stream"), 0, "{records:?}");
            }
        }
    }
    records
}

fn data(len: usize) -> Record {
    Record::Data(vec![7; len].into())
}

#[tokio::test]
async fn a_peer_that_breaks_the_rules_loses_the_connection_and_nothing_is_kept_for_it() {
    let window = RECEIVE_WINDOW_BYTES as usize;
    let full: Vec<Record> =
        (0..window / record::RECORD_DATA_MAX).map(|_| data(record::RECORD_DATA_MAX)).collect();
    let too_much = [&full[..], &[data(1)]].concat();
    for (records, what) in [
        (too_much, "more data"),
        (vec![Record::Room(1)], "more room"),
        (vec![Record::End, data(1)], "data after the end"),
        (vec![Record::BrokenOff, data(1)], "data after the end"),
        (vec![Record::End, Record::End], "a second end"),
        (vec![Record::Ended], "was not sent"),
    ] {
        let (connection, _send, _receive, mut theirs) = bare(&Options::default());
        say(&mut theirs, &records).await;
        let ended = within(connection.closed()).await;
        assert!(
            matches!(&ended, Ended::Lost(TransportError::Record(why)) if why.contains(what)),
            "{ended:?}"
        );
    }
    let (connection, _send, mut receive, mut theirs) = bare(&Options::default());
    say(&mut theirs, &full).await;
    assert!(tokio::time::timeout(SHORT / 10, connection.closed()).await.is_err(), "a full window is allowed");
    assert!(within(receive.read(10)).await.expect("it came").is_some());
}

#[tokio::test]
async fn room_is_given_for_what_was_taken_and_no_more_is_sent_than_there_is_room() {
    let (_connection, mut send, _receive, mut theirs) = bare(&Options::default());
    let window = RECEIVE_WINDOW_BYTES as usize;
    let writing = tokio::spawn(async move {
        let mut count = 0;
        while count < window + 1000 {
            count += send.write(&vec![1; window]).await.expect("the connection is open");
        }
        (send, count)
    });
    let bytes = |records: &[Record]| -> usize {
        records.iter().map(|record| if let Record::Data(data) = record { data.len() } else { 0 }).sum()
    };
    assert_eq!(bytes(&hear(&mut theirs, |records| bytes(records) >= window).await), window);
    tokio::task::yield_now().await;
    assert!(!writing.is_finished(), "no room is left");
    say(&mut theirs, &[Record::Room(1000)]).await;
    assert_eq!(within(writing).await.expect("it goes on").1, window + 1000);
}

#[tokio::test]
async fn a_connection_closes_at_once_however_much_waits() {
    let (connection, mut send, _receive, mut theirs) = bare(&Options::default());
    send.write(&[1; 1000]).await.expect("room");
    connection.close(CODE_CLOSED, b"revoked");
    assert!(matches!(connection.ended(), Some(Ended::Here)));
    assert!(matches!(send.write(&[1]).await, Err(HalfError::Ended(Ended::Here))));
    let close = Record::Close { code: CODE_CLOSED, reason: Bytes::from_static(b"revoked") };
    let heard = hear(&mut theirs, |records| records.contains(&close)).await;
    assert_eq!(heard.last(), Some(&close));
    let mut rest = Vec::new();
    within(theirs.read_to_end(&mut rest)).await.expect("the stream ends");
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn a_peer_that_reads_no_more_is_told_apart_from_one_that_left() {
    let (_connection, mut send, receive, mut theirs) = bare(&Options::default());
    drop(receive);
    assert_eq!(hear(&mut theirs, |records| !records.is_empty()).await, [Record::Stop]);
    say(&mut theirs, &[Record::Stop]).await;
    let error = within(async {
        loop {
            if let Err(error) = send.write(&[1]).await {
                return error;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(matches!(error, HalfError::Abandoned), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_quiet_connection_shows_that_it_lives_and_a_silent_one_is_lost() {
    let options = Options::default();
    let (connection, _send, _receive, mut theirs) = bare(&options);
    let began = tokio::time::Instant::now();
    assert_eq!(hear(&mut theirs, |records| records.len() == 2).await, [Record::Alive, Record::Alive]);
    assert!(began.elapsed() >= options.keep_alive_interval * 2);
    say(&mut theirs, &[Record::Alive]).await;
    let ended = connection.closed().await;
    assert!(matches!(ended, Ended::Lost(TransportError::Silent(_))), "{ended:?}");
    assert!(began.elapsed() >= options.keep_alive_interval * 2 + options.idle_timeout);
}

#[tokio::test]
async fn a_network_that_falls_silent_ends_the_link_at_both_ends() {
    let (near, far) = (bind(&dialler(), impatient()), bind(&acceptor(), impatient()));
    let relay = TcpRelay::to(far.local_addr()).await;
    let dial =
        Dial { first: Transport::Tcp, ..Dial::to(relay.address, acceptor().device(), Protocol::Session) };
    let (dialled, accepted) = within(async { tokio::join!(near.dial(&dial), accept(&far)) }).await;
    let (dialled, accepted) = (dialled.expect("it dials"), accepted.expect("it accepts"));
    tokio::time::sleep(SHORT * 3).await;
    let ((sender, mut receiver), (_far_sender, mut far_receiver)) = (dialled.split(), accepted.split());
    sender.send(frame(Lane::Control, *b"still here")).await.expect("the link is open");
    assert!(within(far_receiver.recv()).await.expect("the link is good").is_some());
    relay.fall_silent();
    for receiver in [&mut receiver, &mut far_receiver] {
        let error = within(receiver.recv()).await;
        assert!(matches!(error, Err(NetError::Lost { source: TransportError::Silent(_), .. })), "{error:?}");
    }
}

#[tokio::test]
async fn whoever_says_nothing_or_nonsense_instead_of_a_handshake_is_given_up() {
    let far = bind(&acceptor(), impatient());
    let mut silent = tokio::net::TcpStream::connect(far.local_addr()).await.expect("it listens");
    assert!(matches!(accept(&far).await, Err(NetError::NoAnswer { .. })));
    assert_eq!(within(silent.read(&mut [0])).await.unwrap_or(0), 0, "it is closed");
    let mut loud = tokio::net::TcpStream::connect(far.local_addr()).await.expect("it listens");
    loud.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("it is taken");
    assert!(matches!(accept(&far).await, Err(NetError::Handshake { .. })));
}
