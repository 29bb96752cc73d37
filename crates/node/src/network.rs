//! How a device uses the network: its settings, kept with the data, and what it knows while it runs.

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use linli_net::{Pace, Proxy, Tally};
use linli_sync::Carry;
use linli_wire::TimeMs;

use crate::{error::NodeError, node::Node};

/// The time of China, by which a day's hours are named everywhere.
const OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MINUTES: u16 = 24 * 60;
const META: &str = "network";
/// A link is slow up to this, in bytes a second: packing hard is still faster.
const SLOW_RATE_BYTES: u64 = 256 << 10;

/// The settings. The default is a network that costs nothing and is always there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkSettings {
    /// Bytes a second that all links together send.
    pub max_rate: Option<u64>,
    /// The hours for bulk. Trust, notices, receipts and little go at any hour.
    pub window: Option<Window>,
    /// Every byte is paid for: trust, notices and receipts alone.
    pub metered: bool,
    /// The links are slow: what is sent is packed as hard as it goes.
    pub slow: bool,
    /// What links over TCP go through.
    pub proxy: Option<Proxy>,
}

impl NetworkSettings {
    /// Whether bytes are worth more than the time to pack them hard.
    pub fn is_slow(&self) -> bool {
        self.slow || self.metered || self.max_rate.is_some_and(|rate| rate <= SLOW_RATE_BYTES)
    }

    /// What a link may carry at this time.
    pub fn carry(&self, now: TimeMs) -> Carry {
        match &self.window {
            _ if self.metered => Carry::Trust,
            Some(window) if !window.is_open(now) => Carry::NoBulk,
            _ => Carry::All,
        }
    }

    fn encode(&self) -> String {
        let mut lines = Vec::new();
        if let Some(rate) = self.max_rate {
            lines.push(format!("max-rate {rate}"));
        }
        if let Some(window) = &self.window {
            lines.push(format!("window {window}"));
        }
        if self.metered {
            lines.push("metered".to_owned());
        }
        if self.slow {
            lines.push("slow".to_owned());
        }
        if let Some(proxy) = &self.proxy {
            lines.push(format!("proxy {proxy}"));
        }
        lines.join("\n")
    }

    /// Reads what was kept; a line that a newer program wrote is passed over.
    fn decode(text: &str) -> Self {
        let mut settings = Self::default();
        for line in text.lines() {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            match name {
                "max-rate" => settings.max_rate = value.parse().ok(),
                "window" => settings.window = value.parse().ok(),
                "metered" => settings.metered = true,
                "slow" => settings.slow = true,
                "proxy" => settings.proxy = value.parse().ok(),
                _ => {}
            }
        }
        settings
    }
}

/// Hours of every day, which may go past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from_minute: u16,
    to_minute: u16,
}

impl Window {
    pub fn is_open(&self, now: TimeMs) -> bool {
        let minute = minute_of_day(now);
        if self.from_minute < self.to_minute {
            (self.from_minute..self.to_minute).contains(&minute)
        } else {
            minute >= self.from_minute || minute < self.to_minute
        }
    }

    /// The time until it opens or closes next.
    pub fn until_change(&self, now: TimeMs) -> Duration {
        let next = if self.is_open(now) { self.to_minute } else { self.from_minute };
        let minutes = (next + DAY_MINUTES - minute_of_day(now)) % DAY_MINUTES;
        let begun_ms = now.0.rem_euclid(60_000) as u64;
        Duration::from_millis(u64::from(minutes) * 60_000 - begun_ms)
    }
}

fn minute_of_day(now: TimeMs) -> u16 {
    ((now.0 + OFFSET_MS).div_euclid(60_000).rem_euclid(i64::from(DAY_MINUTES))) as u16
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let minute = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let window = text.split_once('-').and_then(|(from, to)| {
            let (from_minute, to_minute) = (minute(from)?, minute(to)?);
            (from_minute != to_minute).then_some(Self { from_minute, to_minute })
        });
        window.ok_or_else(|| format!("`{text}` is no span of hours; write it like 22:00-06:00"))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from_minute, self.to_minute);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// What a running node knows of the network, shared by everything that uses it.
#[derive(Debug)]
pub(crate) struct Network {
    tally: Tally,
    /// What all links together keep to.
    pace: Pace,
    /// Counts how often the settings were set.
    version: AtomicU64,
    /// The proxy of whoever started the program, where none is set.
    proxy_by_default: OnceLock<Proxy>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            tally: Tally::default(),
            pace: Pace::new(None),
            version: AtomicU64::new(0),
            proxy_by_default: OnceLock::new(),
        }
    }
}

impl Network {
    /// While it stays, so do the settings.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }
}

impl Node {
    pub fn network_settings(&self) -> Result<NetworkSettings, NodeError> {
        let kept = self.with(|r| r.meta(META))?;
        let text = kept.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        Ok(NetworkSettings::decode(&text))
    }

    /// Links keep to these from now on: those under way go at the new rate at once, and are begun again where
    /// they may carry something else. A proxy is for links that are dialled from now on.
    pub fn set_network_settings(&self, settings: &NetworkSettings) -> Result<(), NodeError> {
        self.with(|r| {
            r.pack_for_slow_links(settings.is_slow());
            r.set_meta(META, settings.encode().as_bytes())
        })?;
        self.network().pace.set_rate(settings.max_rate);
        self.network().version.fetch_add(1, Ordering::Relaxed);
        self.announce();
        Ok(())
    }

    /// The proxy for a device that has none set.
    pub fn set_default_proxy(&self, proxy: Proxy) {
        let _ = self.network().proxy_by_default.set(proxy);
    }

    /// How often what went wrong on the network, since the program began.
    pub fn tally(&self) -> Tally {
        self.network().tally.clone()
    }

    pub(crate) fn pace(&self) -> Result<Pace, NodeError> {
        let pace = self.network().pace.clone();
        pace.set_rate(self.network_settings()?.max_rate);
        Ok(pace)
    }

    pub(crate) fn proxy(&self) -> Result<Option<Proxy>, NodeError> {
        let set = self.network_settings()?.proxy;
        Ok(set.or_else(|| self.network().proxy_by_default.get().cloned()))
    }

    /// What a link may carry now, and until when that stays so.
    pub(crate) fn carry(&self, now: TimeMs) -> Result<(Carry, Option<TimeMs>), NodeError> {
        let settings = self.network_settings()?;
        let window = settings.window.filter(|_| !settings.metered);
        let until = window.map(|window| TimeMs(now.0 + window.until_change(now).as_millis() as i64));
        Ok((settings.carry(now), until))
    }
}

pub(crate) type SharedNetwork = Arc<Network>;

#[cfg(test)]
mod tests;
