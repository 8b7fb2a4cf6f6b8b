//! The fonts in this crate, and which of them are used for a script. `fonts/README.md` lists their
//! sources.

use unicode_script::Script;

macro_rules! faces {
    ($($name:ident $file:literal,)*) => {
        /// A font. The order is that of the fallback: the first one that contains a character is
        /// used.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub(super) enum FaceId { $($name,)* }

        pub(super) const FILES: &[(FaceId, &[u8])] = &[$((FaceId::$name, include_bytes!(concat!("../../fonts/", $file))),)*];
    };
}

faces! {
    Sans "NotoSans-Regular.ttf",
    SansBold "NotoSans-Bold.ttf",
    Arabic "NotoSansArabic-Regular.ttf",
    Armenian "NotoSansArmenian-Regular.ttf",
    Bengali "NotoSansBengali-Regular.ttf",
    Devanagari "NotoSansDevanagari-Regular.ttf",
    Ethiopic "NotoSansEthiopic-Regular.ttf",
    Georgian "NotoSansGeorgian-Regular.ttf",
    Gujarati "NotoSansGujarati-Regular.ttf",
    Gurmukhi "NotoSansGurmukhi-Regular.ttf",
    Hebrew "NotoSansHebrew-Regular.ttf",
    Kannada "NotoSansKannada-Regular.ttf",
    Khmer "NotoSansKhmer-Regular.ttf",
    Lao "NotoSansLao-Regular.ttf",
    Malayalam "NotoSansMalayalam-Regular.ttf",
    Myanmar "NotoSansMyanmar-Regular.ttf",
    Oriya "NotoSansOriya-Regular.ttf",
    Sinhala "NotoSansSinhala-Regular.ttf",
    Tamil "NotoSansTamil-Regular.ttf",
    Telugu "NotoSansTelugu-Regular.ttf",
    Thai "NotoSansThai-Regular.ttf",
    Symbols "NotoSansSymbols-Regular.ttf",
    Symbols2 "NotoSansSymbols2-Regular.ttf",
    Emoji "NotoEmoji-Regular.ttf",
    EastAsian "wqy-microhei.ttc",
}

/// The replacement for a character that no font contains. Noto Sans contains it.
pub(super) const REPLACEMENT: char = '\u{fffd}';

/// Returns the font for a script.
pub(super) fn of_script(script: Script) -> FaceId {
    match script {
        Script::Arabic => FaceId::Arabic,
        Script::Armenian => FaceId::Armenian,
        Script::Bengali => FaceId::Bengali,
        Script::Devanagari => FaceId::Devanagari,
        Script::Ethiopic => FaceId::Ethiopic,
        Script::Georgian => FaceId::Georgian,
        Script::Gujarati => FaceId::Gujarati,
        Script::Gurmukhi => FaceId::Gurmukhi,
        Script::Hebrew => FaceId::Hebrew,
        Script::Kannada => FaceId::Kannada,
        Script::Khmer => FaceId::Khmer,
        Script::Lao => FaceId::Lao,
        Script::Malayalam => FaceId::Malayalam,
        Script::Myanmar => FaceId::Myanmar,
        Script::Oriya => FaceId::Oriya,
        Script::Sinhala => FaceId::Sinhala,
        Script::Tamil => FaceId::Tamil,
        Script::Telugu => FaceId::Telugu,
        Script::Thai => FaceId::Thai,
        Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo => {
            FaceId::EastAsian
        }
        _ => FaceId::Sans,
    }
}
