# What the processor can be told that Python has no word for; only compiled kernels use it.

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define searcher_prefetch(address) __builtin_prefetch(address)
    #else
    #define searcher_prefetch(address) ((void)(address))
    #endif
    """
    # Have the bytes at an address brought near, without waiting; any address will do.
    void prefetch "searcher_prefetch"(const void *address) noexcept nogil
