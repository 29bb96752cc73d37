//! The options that say how a device uses the network. They are kept with the data.

use anyhow::Result;
use clap::Args;
use linli_net::{Proxy, RATE_BYTES_MIN};
use linli_node::{NetworkSettings, Node, Window};

use super::values::{self, said};

/// A setting that an option changes, or takes back with `off`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting<T> {
    To(T),
    Off,
}

impl<T> Setting<T> {
    fn read(text: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Result<Self, String> {
        if text == "off" { Ok(Self::Off) } else { read(text).map(Self::To) }
    }

    fn apply(&self, to: &mut Option<T>)
    where
        T: Clone,
    {
        *to = match self {
            Self::To(value) => Some(value.clone()),
            Self::Off => None,
        };
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Network, remembered (`off` takes a setting back)")]
pub struct NetworkArguments {
    /// Send no more than so many bytes a second, such as 64000 or 64k; remembered
    #[arg(long, value_name = "BYTES", value_parser = max_rate)]
    max_rate: Option<Setting<u64>>,
    /// Hours in which much at once may travel, such as 22:00-06:00; remembered
    #[arg(long, value_name = "HOURS", value_parser = window)]
    window: Option<Setting<Window>>,
    /// Every byte is paid for: exchange trust, notices and receipts alone; remembered
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on",
          value_parser = switch)]
    metered: Option<bool>,
    /// The network is slow: pack what is sent as hard as it goes, as is done up to 262144 bytes a second anyway; remembered
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on",
          value_parser = switch)]
    slow_link: Option<bool>,
    /// The HTTP proxy to go through where UDP is blocked, host:port; remembered
    #[arg(long, value_name = "PROXY", value_parser = proxy)]
    proxy: Option<Setting<Proxy>>,
}

impl NetworkArguments {
    /// Keeps what was given.
    pub fn keep(&self, node: &Node) -> Result<()> {
        let before = node.network_settings()?;
        let mut settings = before.clone();
        self.change(&mut settings);
        if settings != before {
            node.set_network_settings(&settings)?;
        }
        Ok(())
    }

    fn change(&self, settings: &mut NetworkSettings) {
        if let Some(max_rate) = &self.max_rate {
            max_rate.apply(&mut settings.max_rate);
        }
        if let Some(window) = &self.window {
            window.apply(&mut settings.window);
        }
        if let Some(proxy) = &self.proxy {
            proxy.apply(&mut settings.proxy);
        }
        settings.metered = self.metered.unwrap_or(settings.metered);
        settings.slow = self.slow_link.unwrap_or(settings.slow);
    }
}

/// The proxy that the environment names, for a device that has none set.
pub fn proxy_of_environment() -> Option<Proxy> {
    let text = ["HTTPS_PROXY", "https_proxy"].into_iter().find_map(|name| std::env::var(name).ok())?;
    match text.parse() {
        Ok(proxy) => Some(proxy),
        Err(error) if text.is_empty() => {
            tracing::debug!(%error, "HTTPS_PROXY is empty");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "HTTPS_PROXY is not used");
            None
        }
    }
}

fn max_rate(text: &str) -> Result<Setting<u64>, String> {
    Setting::read(text, |text| {
        let (digits, unit) = match text.strip_suffix(['k', 'K']) {
            Some(digits) => (digits, 1_000),
            None => match text.strip_suffix(['m', 'M']) {
                Some(digits) => (digits, 1_000_000),
                None => (text, 1),
            },
        };
        let rate = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(unit));
        rate.filter(|rate| *rate >= RATE_BYTES_MIN).ok_or_else(|| {
            said(
                format!("“{text}”不是速率，请给每秒字节数，不小于 {RATE_BYTES_MIN}，如 64000、64k、2m"),
                format!(
                    "`{text}` is no rate; give bytes a second from {RATE_BYTES_MIN} up, like 64000, 64k or 2m"
                ),
            )
        })
    })
}

fn window(text: &str) -> Result<Setting<Window>, String> {
    let zh = || format!("“{text}”不是时段，请写成 22:00-06:00 的样子");
    Setting::read(text, |text| text.parse().map_err(|error| said(zh(), error)))
}

fn proxy(text: &str) -> Result<Setting<Proxy>, String> {
    Setting::read(text, |text| {
        let zh = || format!("“{text}”不是代理，请写成 proxy.example.cn:3128 的样子");
        text.parse().map_err(|error: linli_net::ProxyError| said(zh(), error.to_string()))
    })
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(values::none_of(other, "on, off")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        network: NetworkArguments,
    }

    fn given(words: &[&str], settings: &NetworkSettings) -> NetworkSettings {
        let line = Line::try_parse_from([&["linli"], words].concat()).expect("it can be said");
        let mut settings = settings.clone();
        line.network.change(&mut settings);
        settings
    }

    #[test]
    fn what_is_not_said_stays_and_off_takes_a_setting_back() {
        let none = NetworkSettings::default();
        let all = given(
            &[
                "--max-rate",
                "64k",
                "--window",
                "22:00-06:00",
                "--metered",
                "--slow-link",
                "--proxy",
                "proxy.office:3128",
            ],
            &none,
        );
        assert_eq!((all.max_rate, all.metered, all.slow), (Some(64_000), true, true));
        assert_eq!(all.window.map(|window| window.to_string()).as_deref(), Some("22:00-06:00"));
        assert_eq!(all.proxy.as_ref().map(ToString::to_string).as_deref(), Some("proxy.office:3128"));
        assert_eq!(given(&[], &all), all);
        let off =
            ["--max-rate", "off", "--window", "off", "--metered=off", "--slow-link=off", "--proxy", "off"];
        assert_eq!(given(&off, &all), none);
    }

    #[test]
    fn a_rate_has_a_unit_and_a_least_value() {
        for (text, rate) in [("1024", 1024), ("2m", 2_000_000), ("64K", 64_000)] {
            assert_eq!(max_rate(text), Ok(Setting::To(rate)), "{text}");
        }
        for text in ["1023", "1k", "fast", "", "-5", "99999999999999999999"] {
            assert!(max_rate(text).is_err_and(|error| error.contains("64k")), "{text}");
        }
    }
}
