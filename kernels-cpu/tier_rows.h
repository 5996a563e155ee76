/* Operations on one row at a time: norms, activation, argmax. */

/* Independent chains of a sum over a row; enough to hide the latency of an addition. */
#define SUM_CHAINS 4

/*
 * e^x within 1 ulp or so: x = n ln 2 + r with |r| <= ln 2 / 2, e^r by its series up to r^7 / 7!,
 * whose remainder is below 6e-9. ln 2 is split so that n times its high part is exact.
 */
static inline vf vf_exp(vf x) {
    x = vf_min(vf_set1(89.0f), vf_max(vf_set1(-104.0f), x));
    vf n = vf_round(vf_mul(x, vf_set1(1.44269504f)));
    vf r = vf_fma(n, vf_set1(-0.693359375f), x);
    r = vf_fma(n, vf_set1(2.12194440e-4f), r);
    vf p = vf_set1(1.0f / 5040);
    p = vf_fma(p, r, vf_set1(1.0f / 720));
    p = vf_fma(p, r, vf_set1(1.0f / 120));
    p = vf_fma(p, r, vf_set1(1.0f / 24));
    p = vf_fma(p, r, vf_set1(1.0f / 6));
    p = vf_fma(p, r, vf_set1(0.5f));
    vf r2 = vf_mul(r, r);
    p = vf_add(vf_fma(p, r2, r), vf_set1(1.0f));
    return vf_scale(p, n);
}

static inline float sum_of_squares(const float *x, int width) {
    vf sums[SUM_CHAINS] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
    int i = 0;
    for (; i + SUM_CHAINS * VL <= width; i += SUM_CHAINS * VL) {
        for (int chain = 0; chain < SUM_CHAINS; chain++) {
            vf v = vf_load(x + i + chain * VL);
            sums[chain] = vf_fma(v, v, sums[chain]);
        }
    }
    for (; i + VL <= width; i += VL) {
        vf v = vf_load(x + i);
        sums[0] = vf_fma(v, v, sums[0]);
    }
    if (i < width) {
        vf v = vf_load_some(x + i, width - i);
        sums[0] = vf_fma(v, v, sums[0]);
    }
    return vf_sum(vf_add(vf_add(sums[0], sums[2]), vf_add(sums[1], sums[3])));
}

/* out = x / sqrt(mean(x^2) + eps) * weight; out may be x. */
static inline void normalise(float *out, const float *x, const float *weight, float eps,
                             int width) {
    vf scale = vf_set1(1.0f / sqrtf(sum_of_squares(x, width) / (float)width + eps));
    int i = 0;
    for (; i + VL <= width; i += VL) {
        vf_store(out + i, vf_mul(vf_mul(vf_load(x + i), scale), vf_load(weight + i)));
    }
    if (i < width) {
        int rest = width - i;
        vf v = vf_mul(vf_load_some(x + i, rest), scale);
        vf_store_some(out + i, vf_mul(v, vf_load_some(weight + i, rest)), rest);
    }
}

static void add_row(float *residual, const float *x, int width) {
    int i = 0;
    for (; i + VL <= width; i += VL) {
        vf_store(residual + i, vf_add(vf_load(residual + i), vf_load(x + i)));
    }
    for (; i < width; i++) {
        residual[i] += x[i];
    }
}

static void rms_norm(float *out, float *residual, const float *x, const float *weight, float eps,
                     int width, int rows) {
    for (int row = 0; row < rows; row++) {
        int64_t at = (int64_t)row * width;
        if (residual) {
            add_row(residual + at, x + at, width);
            normalise(out + at, residual + at, weight, eps, width);
        } else {
            normalise(out + at, x + at, weight, eps, width);
        }
    }
}

static inline vf silu(vf x) {
    vf one = vf_set1(1.0f);
    return vf_div(x, vf_add(one, vf_exp(vf_sub(vf_zero(), x))));
}

static void silu_and_mul(float *out, const float *gate_up, int width, int rows) {
    for (int row = 0; row < rows; row++) {
        const float *gate = gate_up + (int64_t)row * 2 * width;
        const float *up = gate + width;
        float *to = out + (int64_t)row * width;
        int i = 0;
        for (; i + VL <= width; i += VL) {
            vf_store(to + i, vf_mul(silu(vf_load(gate + i)), vf_load(up + i)));
        }
        if (i < width) {
            int rest = width - i;
            vf v = silu(vf_load_some(gate + i, rest));
            vf_store_some(to + i, vf_mul(v, vf_load_some(up + i, rest)), rest);
        }
    }
}

static int32_t first_equal(const float *x, int width, float value) {
    vf wanted = vf_set1(value);
    int i = 0;
    for (; i + VL <= width; i += VL) {
        unsigned bits = vf_equal(vf_load(x + i), wanted);
        if (bits) {
            return i + __builtin_ctz(bits);
        }
    }
    for (; i < width; i++) {
        if (x[i] == value) {
            return i;
        }
    }
    return -1;
}

/* Lowest index of the greatest element that is a number, or -1. */
static int32_t argmax(const float *x, int width, float *greatest) {
    vf best[SUM_CHAINS];
    for (int chain = 0; chain < SUM_CHAINS; chain++) {
        best[chain] = vf_set1(-INFINITY);
    }
    int i = 0;
    for (; i + SUM_CHAINS * VL <= width; i += SUM_CHAINS * VL) {
        for (int chain = 0; chain < SUM_CHAINS; chain++) {
            best[chain] = vf_max(vf_load(x + i + chain * VL), best[chain]);
        }
    }
    float most = vf_greatest(vf_max(vf_max(best[0], best[1]), vf_max(best[2], best[3])));
    for (; i < width; i++) {
        most = x[i] > most ? x[i] : most;
    }
    *greatest = most;
    return first_equal(x, width, most);
}
