use super::*;

/// A time of 2026-11-26 in China.
fn at(hour: i64, minute: i64) -> TimeMs {
    TimeMs(1_795_622_400_000 + (hour * 60 + minute) * 60_000)
}

#[test]
fn the_hours_for_bulk_may_go_past_midnight() {
    for (text, open, closed) in [
        ("22:00-06:00", [(22, 0), (23, 59), (0, 0), (5, 59)], [(21, 59), (6, 0), (12, 0), (18, 30)]),
        ("12:30-13:45", [(12, 30), (13, 0), (13, 44), (12, 59)], [(12, 29), (13, 45), (0, 0), (23, 59)]),
    ] {
        let window: Window = text.parse().expect("hours");
        assert_eq!(window.to_string(), text);
        for (hour, minute) in open {
            assert!(window.is_open(at(hour, minute)), "{text} at {hour}:{minute}");
        }
        for (hour, minute) in closed {
            assert!(!window.is_open(at(hour, minute)), "{text} at {hour}:{minute}");
        }
    }
    for text in ["22-6", "22:00", "24:00-06:00", "22:60-06:00", "06:00-06:00", "", "a:b-c:d"] {
        assert!(text.parse::<Window>().is_err_and(|error| error.contains("22:00-06:00")), "{text}");
    }
}

#[test]
fn a_window_says_when_it_opens_and_when_it_closes() {
    let window: Window = "22:00-06:00".parse().expect("hours");
    let minutes = |of: TimeMs| window.until_change(of).as_secs() / 60;
    assert_eq!([at(21, 0), at(22, 0), at(5, 59), at(6, 0)].map(minutes), [60, 480, 1, 960]);
    let half_past = TimeMs(at(21, 59).0 + 30_000);
    assert_eq!(window.until_change(half_past), Duration::from_secs(30));
    assert!(window.until_change(TimeMs(at(22, 0).0 - 1)) == Duration::from_millis(1));
}

#[test]
fn what_a_link_carries_follows_from_the_settings_and_the_hour() {
    let window = Some("22:00-06:00".parse().expect("hours"));
    let settings = |metered, window| NetworkSettings { window, metered, ..NetworkSettings::default() };
    for (settings, hour, carry) in [
        (settings(false, None), 12, Carry::All),
        (settings(false, window), 12, Carry::NoBulk),
        (settings(false, window), 23, Carry::All),
        (settings(true, window), 23, Carry::Trust),
        (settings(true, None), 12, Carry::Trust),
    ] {
        assert_eq!(settings.carry(at(hour, 0)), carry, "{settings:?} at {hour}");
    }
}

#[test]
fn settings_are_kept_with_the_data() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("device");
    let all = NetworkSettings {
        max_rate: Some(64_000),
        window: Some("22:00-06:00".parse().expect("hours")),
        metered: true,
        slow: true,
        proxy: Some("proxy.office:3128".parse().expect("a proxy")),
    };
    {
        let node = Node::create(&path).expect("a device");
        assert_eq!(node.network_settings().expect("read"), NetworkSettings::default());
        node.set_network_settings(&all).expect("kept");
    }
    let node = Node::open(&path).expect("opened");
    assert_eq!(node.network_settings().expect("read"), all);
    assert_eq!(node.proxy().expect("read"), all.proxy);
    node.set_network_settings(&NetworkSettings::default()).expect("kept");
    assert_eq!(node.proxy().expect("read"), None);
    node.set_default_proxy("other:80".parse().expect("a proxy"));
    assert_eq!(node.proxy().expect("read").map(|proxy| proxy.to_string()).as_deref(), Some("other:80"));
}

#[test]
fn a_slow_link_is_one_that_is_said_to_be_metered_or_held_to_a_low_rate() {
    let with =
        |max_rate, metered, slow| NetworkSettings { max_rate, metered, slow, ..NetworkSettings::default() };
    assert!(!with(None, false, false).is_slow());
    assert!(!with(Some(SLOW_RATE_BYTES + 1), false, false).is_slow());
    for slow in [with(Some(SLOW_RATE_BYTES), false, false), with(None, true, false), with(None, false, true)]
    {
        assert!(slow.is_slow(), "{slow:?}");
    }
}
