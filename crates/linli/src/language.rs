//! Which of the two languages a person reads.

/// Everything that a person sees is written in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    Chinese,
    #[default]
    English,
}

impl Language {
    /// The language that `LC_ALL`, `LC_MESSAGES` or `LANG` asks for, in this order, as POSIX has it.
    pub fn from_environment() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
        locale.map_or_else(Self::default, |locale| Self::of_locale(&locale))
    }

    fn of_locale(locale: &str) -> Self {
        let language = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("zh") { Self::Chinese } else { Self::English }
    }

    /// The one of two texts that is in this language.
    pub const fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Chinese => zh,
            Self::English => en,
        }
    }

    /// As the control socket writes it.
    pub const fn tag(self) -> &'static str {
        self.pick("zh", "en")
    }

    pub fn from_tag(tag: &str) -> Self {
        Self::of_locale(tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_locale_is_answered_in_chinese_and_every_other_in_english() {
        for locale in ["zh_CN.UTF-8", "zh", "zh_TW", "zh-Hans", "ZH_cn"] {
            assert_eq!(Language::of_locale(locale), Language::Chinese, "{locale}");
        }
        for locale in ["C", "C.UTF-8", "en_GB.UTF-8", "POSIX", "zhuang", ""] {
            assert_eq!(Language::of_locale(locale), Language::English, "{locale}");
        }
    }

    #[test]
    fn a_tag_reads_back() {
        for language in [Language::Chinese, Language::English] {
            assert_eq!(Language::from_tag(language.tag()), language);
        }
    }
}
