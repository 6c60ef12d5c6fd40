"""The read side: lists, search, series and progress, behind the function `query`. Clinical data, of the caller's tenant alone."""
