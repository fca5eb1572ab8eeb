// Holds nothing: the target albef_pch exists for its precompiled header.
